// Where a ladder is scrolled to.

/** What stays visible above the cursor of a ladder: its head and a little of what was before. */
export const HEAD = 130;

/** Scrolls a ladder that is longer than its box so that its cursor is seen, with the most of what was before it. */
export function follow(box: HTMLElement, cursor: number): void {
  const lowest = cursor - HEAD;
  const highest = cursor - 0.75 * box.clientHeight;
  if (box.scrollTop < highest) box.scrollTop = highest;
  else if (box.scrollTop > lowest) box.scrollTop = lowest;
}
