// Runs that were recorded over real sockets, beside the simulated ones, where the site has any.

import type { Language } from "./texts/index.js";
import { recorded as texts } from "./texts/recorded.js";

/** The simulated run that stands beside a recorded one, by the name of its file. */
const PRESETS: Record<string, string> = { "udp.jsonl": "udp-upper", "tcp.jsonl": "tcp-upper" };

/** Fills the page's place for recordings from the list that the build left in their folder. */
export async function showRecorded(place: Element, language: Language, folder: URL): Promise<void> {
  const answer = await fetch(new URL("index.json", folder));
  const files: string[] = answer.ok ? await answer.json() : [];
  if (files.length === 0) return;
  const words = texts[language];
  place.replaceChildren(...files.flatMap((file) => {
    const name = file.replace(".jsonl", "").toUpperCase();
    const recorded = scope(words.recorded(name), { trace: new URL(file, folder).href });
    const preset = PRESETS[file];
    return preset ? [scope(words.simulated(name), { preset }), recorded] : [recorded];
  }));
}

function scope(title: string, attributes: Record<string, string>): HTMLElement {
  const box = document.createElement("div");
  const heading = document.createElement("h3");
  heading.textContent = title;
  const figure = document.createElement("sock-scope");
  const plain = { view: "ladder", programs: "none", controls: "transport" };
  for (const [name, value] of Object.entries({ ...plain, ...attributes })) figure.setAttribute(name, value);
  box.append(heading, figure);
  return box;
}
