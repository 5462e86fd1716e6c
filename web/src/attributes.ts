// The attributes of a figure: those that its page, a link or a code fence may set. README.md says what they mean.

/** What makes the run. */
export const RUN = ["preset", "scenario", "trace", "live", "delay", "jitter", "loss", "reorder", "duplicate", "seed"];
/** How it is shown and played. */
export const SHOWN = [
  "view", "at", "start", "end", "speed", "autoplay", "loop", "controls", "programs", "theme", "lang", "until",
];
/** Of these, what is there or not. */
export const SWITCHES = ["autoplay", "loop"];
/** What a link may not bring along: addresses that would be fetched. */
export const FETCHED = ["trace", "live"];

/** Gives an element a value of an attribute as text has it; a switch is off where the text says so. */
export function give(element: Element, name: string, text: string): void {
  if (SWITCHES.includes(name)) element.toggleAttribute(name, !["false", "no", "off"].includes(text));
  else element.setAttribute(name, text);
}
