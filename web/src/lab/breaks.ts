// What can be broken at the moment that is shown: cables, hosts, programs. And the same for one packet, in its card.

import type { Thing } from "../../wasm/sockscope_web.js";
import { button, classed, element, field } from "../dom.js";
import type { Figure } from "../engine.js";
import type { SockScope } from "../figure.js";
import type { ForkWords } from "../texts/fork.js";

/** The time that a delay or a slow program takes, as long as nobody types another. */
const DELAY = "50ms";
const SLOW = "1s";

export class Breaks {
  private shown = "";
  private time = "";

  constructor(
    private readonly root: HTMLElement,
    private readonly opener: HTMLButtonElement,
    private readonly scope: SockScope,
    private readonly words: ForkWords,
  ) {
    root.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.close();
      opener.focus();
    });
  }

  toggle(figure: Figure): void {
    if (this.root.hidden) this.open(figure);
    else this.close();
  }

  /** Opens, with what a click in the network was for on top and focused. */
  open(figure: Figure, kind = "", target = ""): void {
    this.root.hidden = false;
    this.opener.setAttribute("aria-expanded", "true");
    this.shown = "";
    this.show(figure, kind, target);
    this.root.querySelector("button")?.focus();
  }

  close(): void {
    this.root.hidden = true;
    this.opener.setAttribute("aria-expanded", "false");
  }

  /** Follows the cursor. */
  follow(figure: Figure, time: string): void {
    this.time = time;
    const title = this.root.querySelector(".when");
    if (title) title.textContent = this.words.breakAt(time);
    this.show(figure);
  }

  private show(figure: Figure, kind = "", target = ""): void {
    if (this.root.hidden) return;
    const things = figure.things();
    const state = JSON.stringify(things);
    if (state === this.shown) return;
    this.shown = state;
    const first = (thing: Thing) =>
      thing.target === target && thing.kind === kind ? 0 : kind === "node" && thing.target.startsWith(`${target}/`) ? 1 : 2;
    const rows = things.filter((thing) => thing.actions.length > 0);
    if (kind) rows.sort((one, other) => first(one) - first(other));
    this.root.replaceChildren(
      classed("p", "when", this.words.breakAt(this.time)),
      ...(rows.length === 0 ? [element("p", this.words.nothing)] : rows.map((thing) => this.row(thing))),
      classed("p", "hint", this.words.breakHint),
    );
  }

  private row(thing: Thing): HTMLElement {
    const row = classed("div", `thing ${thing.kind}`, classed("span", "name", thing.name));
    for (const action of thing.actions) {
      const text = this.words.actions[action as keyof ForkWords["actions"]];
      const by = action === "slow" ? field(SLOW, this.words.slowBy(thing.name)) : undefined;
      const act = () => this.scope.act({ name: "intervene", action, target: thing.target, by: by?.value ?? "" });
      row.append(button(text, act, this.words.actOn(text, thing.name)), ...(by ? [by] : []));
      by?.addEventListener("keydown", (event) => event.key === "Enter" && act());
    }
    return row;
  }
}

/** What can be done to a packet. */
export function packetActs(packet: string, scope: SockScope, words: ForkWords): HTMLElement {
  const group = classed("div", "acts");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", words.acts);
  const act = (action: string, by = "") => scope.act({ name: "intervene", action, target: packet, by });
  const by = field(DELAY, words.delayBy);
  by.addEventListener("keydown", (event) => event.key === "Enter" && act("delay", by.value));
  const { drop, duplicate, corrupt, delay } = words.packetActs;
  group.append(
    button(drop, () => act("drop")),
    button(duplicate, () => act("duplicate")),
    button(corrupt, () => act("corrupt")),
    element("span", button(delay, () => act("delay", by.value)), by),
  );
  return group;
}
