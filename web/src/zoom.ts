// Stretching the ladder, and showing but one conversation of it: buttons, keys, the wheel with Ctrl, two fingers.

import type { Words } from "./texts/index.js";

/** A click of a button, a key, or a turn of a wheel by 100 pixels. */
const STEP = 1.4;

export class Zoom {
  private readonly select: HTMLSelectElement;
  private readonly fingers = new Map<number, PointerEvent>();
  private pending = 1;

  /** `zoom` stretches by a factor, so that what lies at a height of the ladder's box stays there. */
  constructor(
    tools: HTMLElement,
    private readonly box: HTMLElement,
    private readonly words: Words,
    private readonly zoom: (by: number, at: number) => void,
    focus: (conversation: number) => void,
  ) {
    this.select = tools.querySelector("select") as HTMLSelectElement;
    this.select.addEventListener("change", () => focus(this.chosen));
    const step = (name: string, by: number) =>
      tools.querySelector(`[data-do=${name}]`)?.addEventListener("click", () => zoom(by, box.clientHeight / 2));
    step("zoom-in", STEP);
    step("zoom-out", 1 / STEP);
    box.addEventListener("wheel", (event) => {
      // A pinch on a touch pad arrives as this, too.
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.by(STEP ** (-event.deltaY / 100), event.clientY);
    }, { passive: false });
    box.addEventListener("pointerdown", (event) => event.pointerType === "touch" && this.fingers.set(event.pointerId, event));
    box.addEventListener("pointermove", (event) => this.pinch(event));
    for (const end of ["pointerup", "pointercancel", "pointerleave"] as const) {
      box.addEventListener(end, (event) => this.fingers.delete(event.pointerId));
    }
  }

  /** Lists the conversations; one that was chosen stays so. */
  offer(conversations: string[]): void {
    const chosen = Math.min(this.chosen, conversations.length);
    this.select.replaceChildren(...[this.words.allConversations, ...conversations].map((name) => new Option(name)));
    this.select.selectedIndex = chosen;
    this.select.hidden = conversations.length < 2;
  }

  /** Which conversation is chosen, counted from 1; 0 where all are shown. */
  get chosen(): number {
    return Math.max(this.select.selectedIndex, 0);
  }
  choose(conversation: number): void {
    this.select.selectedIndex = conversation < this.select.length ? conversation : 0;
  }

  private pinch(event: PointerEvent): void {
    if (!this.fingers.has(event.pointerId)) return;
    const before = this.apart();
    this.fingers.set(event.pointerId, event);
    if (before === undefined) return;
    const [one, two] = [...this.fingers.values()];
    this.by((this.apart() ?? before) / before, ((one?.clientY ?? 0) + (two?.clientY ?? 0)) / 2);
  }

  /** How far two fingers are apart. */
  private apart(): number | undefined {
    const [one, two] = [...this.fingers.values()];
    return one && two && this.fingers.size === 2
      ? Math.max(Math.hypot(one.clientX - two.clientX, one.clientY - two.clientY), 1) : undefined;
  }

  /** Gathers what is asked for in one frame: the ladder is laid out once. */
  private by(factor: number, y: number): void {
    if (this.pending === 1) {
      requestAnimationFrame(() => {
        const by = this.pending;
        this.pending = 1;
        this.zoom(by, y - this.box.getBoundingClientRect().top);
      });
    }
    this.pending *= factor;
  }
}
