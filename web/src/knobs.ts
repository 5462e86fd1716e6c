// The sliders that make the network better or worse, and the seed of the run.

import type { Parameters } from "../wasm/sockscope_web.js";
import type { SockScope } from "./figure.js";

export class Knobs {
  private readonly sliders: HTMLInputElement[];
  private readonly seed: HTMLInputElement;

  constructor(private readonly root: HTMLElement, scope: SockScope) {
    this.sliders = [...root.querySelectorAll<HTMLInputElement>("[data-knob]")];
    this.seed = root.querySelector(".seed") as HTMLInputElement;
    const turn = (knob: string, value: string) => scope.act({ name: "parameter", knob, value });
    for (const slider of this.sliders) {
      slider.addEventListener("input", () => turn(slider.dataset["knob"] ?? "", slider.value));
    }
    for (const typed of root.querySelectorAll<HTMLInputElement>("[data-typed]")) {
      typed.addEventListener("change", () => turn(typed.dataset["typed"] ?? "", Number.parseFloat(typed.value).toString()));
    }
    this.seed.addEventListener("change", () => turn("seed", this.seed.value.trim()));
    root.querySelector("[data-do=dice]")?.addEventListener("click", () => turn("seed", dice()));
    root.querySelector("[data-do=next-seed]")?.addEventListener("click", () => turn("seed", next(this.seed.value)));
  }

  /** Shows what the run was made with; a recorded run has no knobs. */
  show(parameters: Parameters | undefined): void {
    this.root.hidden = parameters === undefined;
    if (!parameters) return;
    this.seed.value = parameters.seed;
    for (const slider of this.sliders) {
      const value = parameters[slider.dataset["knob"] as keyof Parameters];
      const text = `${value}${slider.dataset["unit"]}`;
      slider.value = String(value);
      slider.style.setProperty("--done", `${(100 * Number(value)) / Number(slider.max)}%`);
      slider.setAttribute("aria-valuetext", text);
      const typed = this.root.querySelector<HTMLInputElement>(`[data-typed=${slider.dataset["knob"]}]`);
      if (typed) typed.value = text;
    }
  }
}

/** A seed that is easy to read aloud; the engine's own draws come from it alone. */
function dice(): string {
  return String(crypto.getRandomValues(new Uint32Array(1))[0] ?? 1).slice(0, 4);
}

/** The seed after this one; seeds are larger than the numbers of JavaScript. */
function next(seed: string): string {
  return String(/^\d+$/.test(seed) ? (BigInt(seed) + 1n) % (1n << 64n) : 1);
}
