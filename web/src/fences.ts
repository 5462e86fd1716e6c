// Code fences that are figures:
//
//     ```sockscope
//     preset: tcp-syn-lost
//     seed: 7
//     ```
//
// Lines of `key: value` are attributes. JSON, alone or after such lines, is a scenario or what changes about the preset. Every
// generator of static sites makes another element of a fence; each holds the word `language-sockscope`.

import { FETCHED, give, RUN, SHOWN } from "./attributes.js";
import type { SockScope } from "./figure.js";

const FENCES = "pre > code.language-sockscope, pre.language-sockscope > code, .language-sockscope pre > code";
/** The figure of each fence. */
const figures = new Map<Element, Element>();

/** Makes figures of all fences, now and whenever the page gets others. */
export function upgradeFences(): void {
  let frame = 0;
  const later = () => (frame ||= requestAnimationFrame(upgrade));
  const upgrade = () => {
    frame = 0;
    // Who took a fence out of the page knows nothing of its figure.
    for (const [box, scope] of figures) if (!box.isConnected && figures.delete(box)) scope.remove();
    const fences = [...document.querySelectorAll<HTMLElement>(FENCES)].filter((code) => !code.closest("sock-scope"));
    fences.filter((code) => !isRaw(code)).forEach(accompany);
    if (fences.some(isRaw)) setTimeout(later, 50);
  };
  new MutationObserver(later).observe(document, { childList: true, subtree: true });
  upgrade();
}

/** Whether React will yet compare the page with what its server wrote (Docusaurus): until then nothing may stand beside a fence. */
function isRaw(node: Element): boolean {
  return node.closest("#__docusaurus") !== null && document.documentElement.dataset["hasHydrated"] !== "true";
}

/** Puts a figure behind a fence. This stays where it is, unseen: what has made it may change it, or take it away. */
function accompany(code: HTMLElement): void {
  const pre = code.parentElement as HTMLElement;
  const box = pre.closest<HTMLElement>(".language-sockscope:not(pre, code)") ?? pre;
  if (figures.has(box)) return;
  const scope = document.createElement("sock-scope") as SockScope;
  scope.refused = fill(scope, lines(code));
  // Until it is ready it shows what the fence does.
  scope.append(pre.cloneNode(true));
  figures.set(box, scope);
  box.after(scope);
  box.style.setProperty("display", "none", "important");
}

/** The lines of a fence; some generators end them with elements. */
function lines(code: HTMLElement): string[] {
  const copy = code.cloneNode(true) as HTMLElement;
  for (const end of copy.querySelectorAll("br")) end.replaceWith("\n");
  return (copy.textContent ?? "").split("\n");
}

/** Gives a figure what the lines say; what is wrong with them, with the line. */
function fill(scope: HTMLElement, lines: string[]): string | undefined {
  const json = lines.findIndex((line) => line.trimStart().startsWith("{"));
  const keys = json < 0 ? lines : lines.slice(0, json);
  if (json >= 0) {
    const script = document.createElement("script");
    script.type = "application/json";
    script.textContent = lines.slice(json).join("\n");
    scope.append(script);
  }
  const known = [...RUN, ...SHOWN].filter((name) => !FETCHED.includes(name) || name === "trace");
  for (const [n, line] of keys.entries()) {
    if (!line.trim() || line.trimStart().startsWith("#")) continue;
    const [, name, value] = line.match(/^\s*([\w-]+)\s*:\s*(.*?)\s*$/) ?? [];
    if (name === undefined || !known.includes(name)) {
      return `line ${n + 1} of the fence: "${line.trim()}" is no "key: value" with one of the keys ${known.join(", ")}`;
    }
    give(scope, name, (value ?? "").replace(/^(["'])(.*)\1$/, "$2"));
  }
  return undefined;
}
