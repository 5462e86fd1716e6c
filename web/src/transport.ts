// Play, steps, scrubber, speed: the buttons under a figure, and its keys.

import type { Status } from "../wasm/sockscope_web.js";
import type { Action } from "./action.js";
import type { SockScope } from "./figure.js";
import { PAUSE, PLAY } from "./template.js";
import type { Words } from "./texts/index.js";

const BUTTONS: Record<string, Action> = {
  play: { name: "play" },
  "event-back": { name: "event", by: -1 },
  "event-on": { name: "event", by: 1 },
  "milestone-back": { name: "milestone", by: -1 },
  "milestone-on": { name: "milestone", by: 1 },
  break: { name: "break" },
  embed: { name: "hand-on", how: "embed" },
  share: { name: "hand-on", how: "share" },
  export: { name: "hand-on", how: "export" },
};

const KEYS: Record<string, Action> = {
  " ": { name: "play" },
  ArrowLeft: { name: "event", by: -1 },
  ArrowRight: { name: "event", by: 1 },
  "Shift+ArrowLeft": { name: "milestone", by: -1 },
  "Shift+ArrowRight": { name: "milestone", by: 1 },
  ArrowUp: { name: "next-card", by: -1 },
  ArrowDown: { name: "next-card", by: 1 },
  Enter: { name: "next-card", by: 0 },
  "+": { name: "zoom", by: 1.4 },
  "Shift++": { name: "zoom", by: 1.4 },
  "=": { name: "zoom", by: 1.4 },
  "-": { name: "zoom", by: 1 / 1.4 },
  Escape: { name: "close" },
  Home: { name: "seek", to: 0, told: true },
  End: { name: "seek", to: Number.MAX_SAFE_INTEGER, told: true },
};

export class Transport {
  private readonly button: HTMLButtonElement;
  private readonly loop: HTMLButtonElement;
  private readonly scrubber: HTMLInputElement;
  private readonly time: HTMLOutputElement;
  private readonly speed: HTMLSelectElement;

  constructor(tree: ShadowRoot, scope: SockScope, private readonly words: Words) {
    const find = <E extends Element>(selector: string) => tree.querySelector(selector) as E;
    this.button = find("[data-do=play]");
    this.loop = find("[data-do=loop]");
    this.scrubber = find(".scrubber");
    this.time = find(".time");
    this.speed = find(".speed");
    this.loop.setAttribute("aria-pressed", "false");
    find("[data-do=break]").setAttribute("aria-expanded", "false");

    for (const [name, action] of Object.entries(BUTTONS)) {
      find<HTMLButtonElement>(`[data-do=${name}]`).addEventListener("click", () => scope.act(action));
    }
    // The attributes hold what a reader chose, so that links and snippets have it.
    this.loop.addEventListener("click", () => scope.toggleAttribute("loop"));
    this.speed.addEventListener("change", () => scope.setAttribute("speed", this.speed.value));
    this.scrubber.addEventListener("input", () =>
      scope.act({ name: "seek", to: Number(this.scrubber.value), told: false }));
    find(".scope").addEventListener("keydown", (event) => this.key(event as KeyboardEvent, scope));
    find(".pictures").addEventListener("click", (event) => {
      const { packet, event: n, node, link } = (event.target as SVGElement).dataset;
      if (packet !== undefined) scope.act({ name: "card", packet });
      else if (n !== undefined) scope.act({ name: "go-to", event: n });
      else if (node !== undefined) scope.act({ name: "thing", kind: "node", target: node });
      else if (link !== undefined) scope.act({ name: "thing", kind: "link", target: link });
      else if ((event.target as Element).closest(".network")) scope.act({ name: "point", at: event as MouseEvent });
    });
  }

  /** Keys work while the figure has the focus; a control keeps the keys that it needs itself. */
  private key(event: KeyboardEvent, scope: SockScope): void {
    const target = event.target as HTMLElement;
    const action = KEYS[(event.shiftKey ? "Shift+" : "") + event.key];
    const control = target.closest("input, select, button, summary, dialog, ol, .card");
    const steps = action?.name === "event" || action?.name === "milestone";
    const own = control && !(control === this.scrubber && (steps || event.key === " "));
    if (!action || own || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    scope.act(action);
  }

  get rate(): number {
    return Number(this.speed.value);
  }

  get loops(): boolean {
    return this.loop.getAttribute("aria-pressed") === "true";
  }

  /** What the page asks for: how fast, and whether again and again. */
  pace(speed: number, loops: boolean): void {
    const known = [...this.speed.options].some((option) => Number(option.value) === speed);
    if (!known && speed > 0) this.speed.add(new Option(`${speed}×`, String(speed)));
    if (speed > 0) this.speed.value = String(speed);
    this.loop.setAttribute("aria-pressed", String(loops));
  }

  playing(yes: boolean): void {
    this.button.querySelector("path")?.setAttribute("d", yes ? PAUSE : PLAY);
    this.button.title = yes ? this.words.pause : this.words.play;
    this.button.setAttribute("aria-label", this.button.title);
  }

  show(status: Status, length: number): void {
    this.scrubber.max = String(Math.ceil(length));
    this.scrubber.value = String(status.position);
    this.scrubber.style.setProperty("--done", `${(100 * status.position) / Math.max(length, 1)}%`);
    this.scrubber.setAttribute("aria-valuetext", this.words.moment(status.time, status.story));
    this.time.textContent = status.time;
  }
}
