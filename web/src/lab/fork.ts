// The fork of a run: the original beside it, where they part, what was done, and the ways back.

import type { Changes, Parting, Status } from "../../wasm/sockscope_web.js";
import type { Card } from "../card.js";
import { button, classed, element } from "../dom.js";
import { Dots } from "../dots.js";
import type { Figure } from "../engine.js";
import type { SockScope } from "../figure.js";
import { follow, move, unroll } from "../scroll.js";
import { scenes } from "../template.js";
import type { ForkWords } from "../texts/fork.js";
import type { Words } from "../texts/index.js";

export class Fork {
  private original: Figure | undefined;
  /** Where the original is drawn; it is made when a run forks. */
  private panel: Panel | undefined;
  private readonly pictures: HTMLElement;
  /** The ladder of the fork. */
  private readonly box: HTMLElement;
  /** Where the cursors stand in both ladders. */
  private cursors = { fork: 0, original: 0 };
  private readonly bar: HTMLElement;

  constructor(
    tree: ShadowRoot,
    private readonly scope: SockScope,
    private readonly figureWords: Words,
    private readonly words: ForkWords,
    private readonly card: Card,
  ) {
    const find = <E extends Element>(selector: string) => tree.querySelector(selector) as E;
    this.pictures = find(".pictures");
    this.box = find(".ladder-box");
    this.box.addEventListener("scroll", () => this.level());
    this.bar = find(".changes");
    find(".scope").addEventListener("keydown", (event) => this.key(event as KeyboardEvent));
  }

  /** How wide the original is. */
  get width(): number {
    return this.panel?.root.clientWidth ?? 0;
  }

  /** The scenario of the original; nothing where none stands beside the run. */
  get scenario(): string | undefined {
    return this.original?.scenario();
  }

  /** The engine has lost its figures. */
  lose(): void {
    this.original = undefined;
  }

  /** Another run is shown, or what was done to it has changed. Where it was forked: the event from which on it differs. */
  update(figure: Figure): string | undefined {
    this.original?.free();
    this.original = undefined;
    const changes = figure.changes();
    if (changes?.forked) {
      this.panel ??= new Panel(this.pictures, pictures(this.figureWords, this.words), () => this.look(),
        (event, network) => this.click(event, network));
      this.original = figure.original(...this.panel.scenes);
    } else if (this.panel) {
      this.panel.root.remove();
      this.panel = undefined;
      this.scope.removeAttribute("side");
    }
    const parting = this.original && figure.compare(this.original);
    this.scope.toggleAttribute("forked", this.original !== undefined);
    this.tell(changes, parting);
    return parting?.event;
  }

  /** Puts the ladder of the original into pieces for paper, as that of the run. */
  unroll(when: string): void {
    if (this.original && this.panel) unroll(this.panel.root, this.original, when);
  }

  /** Shows the same picture as the fork. */
  choose(view: string, choice: number): void {
    if (!this.original || !this.panel) return;
    this.original.choose(view, choice);
    const { box, scenes: [, , , network, stage] } = this.panel;
    box.hidden = !["both", "ladder"].includes(view);
    network.toggleAttribute("hidden", !["both", "network"].includes(view));
    this.panel.canvas.toggleAttribute("hidden", network.hasAttribute("hidden"));
    stage.toggleAttribute("hidden", ["both", "ladder", "network", "story"].includes(view));
  }

  resize(width: number): void {
    this.original?.resize(width);
  }

  /** Stretches its ladder as that of the fork. */
  stretch(by: number): void {
    this.original?.zoom(by, 0);
  }

  /** Shows the same conversation as the fork. */
  focus(conversation: number): void {
    this.original?.focus(conversation);
  }

  /** Moves to the moment of the fork, whose cursor stands at a height of its ladder. */
  follow(figure: Figure, memory: WebAssembly.Memory, cursor: number): void {
    if (!this.original || !this.panel) return;
    const { box, dots, scenes: [, ladder, now] } = this.panel;
    const status = this.original.follow(figure);
    move(now.parentElement as HTMLElement, status);
    dots.show(memory, this.original.dots());
    box.style.setProperty("--tall", `${ladder.getAttribute("height")}px`);
    this.cursors = { fork: cursor, original: status.cursor };
    this.level();
    this.look();
  }

  /** Scrolls the original so that both cursors are at one height: what happens at a time stands side by side. */
  private level(): void {
    if (!this.panel) return;
    const { box, cursors: { fork, original } } = this;
    if (box.clientHeight) this.panel.box.scrollTop = original - (fork - box.scrollTop);
    else follow(this.panel.box, original);
  }

  /** Shows the card of a packet of the original, over its pictures. */
  private open(packet: string): void {
    this.card.show(this.original?.card(packet), {
      goTo: (event) => this.scope.act({ name: "meet", event }),
      open: (packet) => this.open(packet),
      acts: () => undefined,
    }, this.panel?.root);
  }

  /** Moves the fork to the moment of an event of the original. */
  meet(figure: Figure, event: string): Status {
    this.original?.go_to(event);
    return figure.follow(this.original ?? figure);
  }

  /** A click in the original: on a packet, on an event, or perhaps on a packet that is but a point. */
  private click(event: MouseEvent, network: Element): void {
    const target = event.target as SVGElement;
    const { packet, event: n } = target.dataset;
    const { left, top } = network.getBoundingClientRect();
    const point = target.closest(".network") ? this.original?.dot_at(event.clientX - left, event.clientY - top) : undefined;
    const found = packet ?? (n === undefined ? point : undefined);
    if (found !== undefined) this.open(found);
    else if (n !== undefined) this.scope.act({ name: "meet", event: n });
  }

  private look(): void {
    if (!this.panel) return;
    const { scrollTop, clientHeight } = this.panel.box;
    this.original?.see(scrollTop, scrollTop + clientHeight);
  }

  /** Ctrl+Z and Ctrl+Shift+Z or Ctrl+Y; a field that is being typed into keeps them. */
  private key(event: KeyboardEvent): void {
    const target = event.composedPath()[0] as HTMLElement;
    if (!(event.ctrlKey || event.metaKey) || event.altKey || target.matches("input[type=text], textarea")) return;
    const key = event.key.toLowerCase();
    const name = key === "y" || (key === "z" && event.shiftKey) ? "redo" : key === "z" ? "undo" : undefined;
    if (!name) return;
    event.preventDefault();
    this.scope.act({ name });
  }

  private tell(changes: Changes | undefined, parting: Parting | undefined): void {
    const { bar } = this;
    if (!changes || bar.hidden) return bar.replaceChildren();
    const focused = (bar.getRootNode() as ShadowRoot).activeElement;
    const held = focused && bar.contains(focused) ? focused.getAttribute("data-do") : null;
    bar.replaceChildren(
      ...(changes.forked ? [this.sides(), this.difference(parting)] : []),
      ...this.list(changes),
      ...(changes.undo || changes.redo || changes.forked ? [this.buttons(changes)] : []),
    );
    if (held) (bar.querySelector<HTMLElement>(`[data-do=${held}]:not(:disabled)`) ?? bar.querySelector("button"))?.focus();
  }

  /** Where there is no room for both runs, one of them is shown. */
  private sides(): HTMLElement {
    const group = classed("div", "sides");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", this.words.show);
    const sides = [["original", this.words.original], ["fork", this.figureWords.fork]] as const;
    const shown = () => this.scope.getAttribute("side") ?? "fork";
    const press = () => buttons.forEach((made, n) => made.setAttribute("aria-pressed", String(sides[n]?.[0] === shown())));
    const buttons = sides.map(([side, name]) => button(name, () => {
      this.scope.setAttribute("side", side);
      press();
      this.level();
      this.look();
    }));
    press();
    group.append(...buttons);
    return group;
  }

  private difference(parting: Parting | undefined): HTMLElement {
    const { words } = this;
    const said = classed("p", "parts");
    said.setAttribute("role", "status");
    if (!parting) {
      said.append(words.same);
      return said;
    }
    const side = (name: string, text: string | undefined) =>
      element("span", element("b", name), ` ${text ?? words.over} `);
    said.append(element("strong", words.differ(parting.time)), " ", side(words.inOriginal, parting.original), side(words.inFork, parting.fork));
    return said;
  }

  private list(changes: Changes): HTMLElement[] {
    if (changes.interventions.length === 0) return [];
    const list = classed("ul", "done");
    list.setAttribute("aria-label", this.words.done);
    list.append(...changes.interventions.map(({ time, text, event }, n) => {
      // What a scenario does from its beginning has no moment of its own.
      const go = button(time === "0" ? text : `${time}: ${text}`, () => event && this.scope.act({ name: "go-to", event }));
      go.disabled = event === undefined;
      const out = button("×", () => this.scope.act({ name: "remove", n }), this.words.remove(text));
      return element("li", go, out);
    }));
    return [list];
  }

  private buttons(changes: Changes): HTMLElement {
    const { scope, words } = this;
    const group = classed("div", "ways");
    const add = (name: string, text: string, act: () => void, can = true, label = text) => {
      const made = button(text, act, label);
      made.dataset["do"] = name;
      made.disabled = !can;
      group.append(made);
    };
    if (changes.forked) {
      add("keep", words.keep, () => scope.act({ name: "decide", fork: true }));
      add("give-up", words.giveUp, () => scope.act({ name: "decide", fork: false }));
    }
    add("undo", words.undo, () => scope.act({ name: "undo" }), changes.undo, words.undoLong);
    add("redo", words.redo, () => scope.act({ name: "redo" }), changes.redo, words.redoLong);
    return group;
  }
}

/** The pictures of the run from which the one that is shown was forked. */
const pictures = (words: Words, doing: ForkWords) => `
    <div class="pictures original" role="region" aria-label="${doing.original}">
      ${scenes(words, doing.original)}
      <svg class="stage" data-view="stage" role="img"></svg>
    </div>`;

/** Where the original is drawn. */
class Panel {
  readonly root: HTMLElement;
  readonly box: HTMLElement;
  readonly canvas: HTMLElement;
  readonly dots: Dots;
  readonly scenes: [SVGSVGElement, SVGSVGElement, SVGSVGElement, SVGSVGElement, SVGSVGElement];

  constructor(before: HTMLElement, html: string, look: () => void, click: (event: MouseEvent, network: Element) => void) {
    before.insertAdjacentHTML("afterend", html);
    this.root = before.nextElementSibling as HTMLElement;
    const find = <E extends Element>(selector: string) => this.root.querySelector(selector) as E;
    this.box = find(".ladder-box");
    this.canvas = find(".dots");
    this.dots = new Dots(this.root);
    this.scenes = [find(".ladder-head"), find(".ladder"), find(".now svg"), find(".network"), find(".stage")];
    this.box.addEventListener("scroll", look);
    this.root.addEventListener("click", (event) => click(event, this.scenes[3]));
  }
}
