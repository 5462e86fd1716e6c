// Where a ladder is scrolled to, where its cursor is, and the ladder on paper.

import type { Status } from "../wasm/sockscope_web.js";
import type { Figure } from "./engine.js";

/** What stays visible above the cursor of a ladder: its head and a little of what was before. */
export const HEAD = 130;

/** Scrolls a ladder that is longer than its box so that its cursor is seen, with the most of what was before it. */
export function follow(box: HTMLElement, cursor: number): void {
  const lowest = cursor - HEAD;
  const highest = cursor - 0.75 * box.clientHeight;
  if (box.scrollTop < highest) box.scrollTop = highest;
  else if (box.scrollTop > lowest) box.scrollTop = lowest;
}

/** Moves the cursor: its line and the veil below it. At the end of a run all is plain to see. */
export function move(line: HTMLElement, { at_end, cursor }: Status): void {
  line.hidden = at_end;
  line.style.transform = `translateY(${cursor}px)`;
}

/** Puts a ladder into pieces for paper, before it is printed, where it is seen; then takes them away. */
export function unroll(pictures: Element, figure: Figure, when: string): void {
  const [sheets, box] = [pictures.querySelector(".sheets"), pictures.querySelector<HTMLElement>(".ladder-box")];
  if (sheets) sheets.innerHTML = (when === "beforeprint" && !box?.hidden && figure.to_sheets()) || "";
}
