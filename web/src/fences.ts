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

const FENCES = "pre > code.language-sockscope, .language-sockscope pre > code";

/** Makes figures of all fences, now and whenever the page gets others. */
export function upgradeFences(): void {
  let frame = 0;
  const upgrade = () => {
    frame = 0;
    for (const code of document.querySelectorAll<HTMLElement>(FENCES)) replace(code);
  };
  new MutationObserver(() => (frame ||= requestAnimationFrame(upgrade))).observe(document, { childList: true, subtree: true });
  upgrade();
}

/** Puts a figure in the place of a fence, which becomes what is shown until the figure is ready. */
function replace(code: HTMLElement): void {
  const pre = code.parentElement as HTMLElement;
  if (pre.closest("sock-scope")) return;
  const box = pre.closest(".language-sockscope:not(pre, code)") ?? pre;
  const scope = document.createElement("sock-scope") as SockScope;
  scope.refused = fill(scope, lines(code));
  box.replaceWith(scope);
  scope.append(pre);
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
