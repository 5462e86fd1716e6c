// <sock-scope preset="udp-upper">: one figure. It asks the engine for everything it shows.
//
// Attributes: preset, or scenario (JSON), or trace (address of a recorded run), or live (address of one that is being
// recorded, see feed.ts); view (both, ladder, network, states, inside, window, graphs, story);
// delay, jitter (ms), loss, reorder, duplicate (per cent), seed; at (0 to 1: where the figure rests at first);
// controls (all, transport, none); programs (all, none); until (an event: what comes then is held back, see
// crates/view/src/question). When its attributes made a run, it says so by an event "run"; when the reader
// did, by "changed".

import type { Answer, Status } from "../wasm/sockscope_web.js";
import { Card } from "./card.js";
import { Dots } from "./dots.js";
import { engine, type Engine, type Figure, type Kind } from "./engine.js";
import { Feed } from "./feed.js";
import { Breaks, packetActs } from "./lab/breaks.js";
import { Fork } from "./lab/fork.js";
import forkStyle from "./lab/fork.css";
import { Settings } from "./lab/settings.js";
import { follow, HEAD, move } from "./scroll.js";
import { fork as forkTexts, type ForkWords } from "./texts/fork.js";
import { Knobs } from "./knobs.js";
import { Player } from "./player.js";
import { Programs } from "./programs.js";
import elementStyle from "./element.css";
import { Story } from "./story.js";
import { Tabs } from "./tabs.js";
import { template } from "./template.js";
import { figure as texts, languageOf, type Words } from "./texts/index.js";
import { Transport } from "./transport.js";
import { Zoom } from "./zoom.js";

/** The attributes that make the run. */
const RUN = ["preset", "scenario", "trace", "live", "delay", "jitter", "loss", "reorder", "duplicate", "seed"];
/** Of these, what only the laboratory's engine can run. */
const LAB = ["scenario", "trace", "live"];
/** Left and right of the pictures, in pixels. */
const PADDING = 24;
/** The place of no conversation. */
const NOWHERE = 2 ** 32 - 1;

export class SockScope extends HTMLElement {
  static readonly observedAttributes = ["view", "until", ...RUN];

  private readonly tree = this.attachShadow({ mode: "open" });
  private begun = false;
  private engine: Engine | undefined;
  private figure: Figure | undefined;
  private parts: Parts | undefined;
  private feed: Feed | undefined;
  /** The height of the ladder, as its box knows it. */
  private tall = "";
  private readonly sight = new IntersectionObserver((entries) => this.seen(entries), { rootMargin: "300px" });
  private readonly size = new ResizeObserver(() => this.resize());

  connectedCallback(): void {
    this.sight.observe(this);
    this.size.observe(this);
    addEventListener("beforeprint", this.unroll);
    addEventListener("afterprint", this.look);
  }

  disconnectedCallback(): void {
    this.sight.disconnect();
    this.size.disconnect();
    this.parts?.player.pause();
    this.feed?.close();
    removeEventListener("beforeprint", this.unroll);
    removeEventListener("afterprint", this.look);
  }

  attributeChangedCallback(name: string): void {
    if (!this.parts) return;
    if (name === "view") this.choose();
    else if (name === "until") this.hold();
    else void this.load();
  }

  /** Where in the run it is: 0 to 1. */
  get position(): number {
    return this.figure ? this.figure.position() / this.figure.length() : 0;
  }
  set position(fraction: number) {
    if (this.figure) this.show(this.figure.seek(fraction * this.figure.length()));
  }

  /** The run in the engine, for the laboratory. */
  get run(): Figure | undefined {
    return this.figure;
  }

  /** Shows what is in a file; what a reader must know of it, a line each. What is wrong with it is thrown. */
  open(name: string, bytes: Uint8Array): string[] {
    const { figure, parts } = this;
    if (!figure || !parts) return [];
    parts.player.pause();
    const remarks = figure.open(name, bytes);
    parts.programs.show(figure.programs());
    this.changed(figure.seek(Number.MAX_SAFE_INTEGER), false);
    return remarks;
  }

  /** Whether the reader can change the run: one that is simulated, unless the page leaves the controls out. */
  get changeable(): boolean {
    return this.figure?.parameters() !== undefined && (this.getAttribute("controls") ?? "all") === "all";
  }

  /** The fingerprint of the run that is shown. */
  get fingerprint(): string {
    return this.figure?.fingerprint() ?? "";
  }

  /** What the whole run answers to a question; nothing where that does not happen in it. */
  ask(question: string): Answer | undefined {
    return this.figure?.ask(question);
  }
  /** Whether somebody said what the run answers; nothing where it does not happen. Throws where that is no answer. */
  check(question: string, said: string): boolean | undefined {
    return this.figure?.check(question, said);
  }
  /** Plays on to the moment when the answer to a question is known. */
  playTo(question: string): void {
    const place = this.ask(question)?.position;
    if (place !== undefined) this.parts?.player.play(place / (this.figure?.length() || 1));
  }

  /** Holds back what comes after the event that the attribute names, or nothing without it. */
  private hold(): void {
    if (!this.figure || !this.parts) return;
    try {
      this.show(this.figure.hold(this.getAttribute("until") ?? undefined));
      this.parts.card.close();
      this.parts.programs.show(this.figure.programs());
      this.renew(this.figure);
      this.choose();
    } catch (error) {
      this.fail(error);
    }
  }

  /** Figures come to life when they are near the window, and stop when they leave it. */
  private seen(entries: IntersectionObserverEntry[]): void {
    const visible = entries.at(-1)?.isIntersecting ?? false;
    if (!visible) this.parts?.player.pause();
    else if (!this.parts && !this.begun) this.begin();
  }

  /** Has the engine fetched at once; the rest is done when the page has painted what it has. */
  private begin(): void {
    this.begun = true;
    void engine(this.kind).catch(() => {});
    setTimeout(() => void this.start());
  }

  private async start(): Promise<void> {
    const language = languageOf(this);
    const [words, doing] = [texts[language], forkTexts[language]];
    this.tree.innerHTML = `<style>${elementStyle}${forkStyle}</style>${template(words, doing)}`;
    this.parts = new Parts(this.tree, this, words, doing);
    this.parts.box.addEventListener("scroll", () => this.look());
    await this.load();
  }

  /** Which engine the attributes ask for. */
  private get kind(): Kind {
    return LAB.some((name) => this.hasAttribute(name)) ? "lab" : "figure";
  }

  /** Fetches the engine, and the style of what it draws. */
  private async power(): Promise<void> {
    const found = await engine(this.kind);
    if (!this.engine) {
      const style = document.createElement("style");
      style.textContent = found.style();
      this.tree.append(style);
    }
    this.engine = found;
  }

  /** Runs what the attributes name. */
  private async load(): Promise<void> {
    if (!this.parts) return;
    this.parts.player.pause();
    this.feed?.close();
    try {
      await this.power();
      const live = this.getAttribute("live");
      if (live !== null) this.watch(new URL(live, document.baseURI));
      else this.display(await this.options());
    } catch (error) {
      this.fail(error);
    }
  }

  /** Makes the run and shows it. */
  private display(options: object): void {
    if (!this.parts || !this.engine) return;
    const { head, ladder, now, network, stage, programs, trouble } = this.parts;
    const figure = new this.engine.Figure(head, ladder, now, network, stage, options);
    const until = this.getAttribute("until");
    if (until !== null) figure.hold(until);
    this.figure?.free();
    this.figure = figure;
    programs.show(figure.programs());
    this.renew(figure);
    this.choose();
    this.position = Number(this.getAttribute("at") ?? 1);
    trouble.hidden = true;
    this.setAttribute("ready", "");
    this.dispatchEvent(new Event("run"));
  }

  /** Shows a run while it is recorded. Who stands around the figure hears of it through events. */
  private watch(address: URL): void {
    let begun = false;
    const tell = (name: string, detail: unknown) => this.dispatchEvent(new CustomEvent(name, { detail }));
    this.feed = new Feed(address, texts[languageOf(this)], {
      lines: (text) => {
        try {
          if (begun) this.grow(text);
          else this.display({ trace: text });
          begun = true;
        } catch (error) {
          this.feed?.close();
          this.fail(error);
        }
      },
      state: (text) => tell("live-state", JSON.parse(text)),
      lost: (yes) => tell("live-lost", yes),
      over: (why) => {
        tell("live-lost", false);
        if (why) this.fail(new Error(why));
      },
    });
  }

  /** Draws what has happened since. A reader who is at the end stays there, and where he has scrolled to. */
  private grow(lines: string): void {
    if (!this.figure || !this.parts) return;
    const { box, programs } = this.parts;
    const below = box.scrollHeight - box.scrollTop - box.clientHeight;
    const status = this.figure.append(lines);
    programs.update(this.figure.programs());
    this.offer(this.figure.choices(), this.parts.choice);
    this.parts.zoom.offer(this.figure.conversations());
    this.show(status, false, below < HEAD);
  }

  /** Has the engine paint what the reader sees of the ladder. */
  private readonly look = (): void => {
    if (!this.parts) return;
    const { scrollTop, clientHeight } = this.parts.box;
    this.figure?.see(scrollTop, scrollTop + clientHeight);
  };

  /** On paper there is no scrolling: all of the ladder is painted. */
  private readonly unroll = (): void => this.figure?.see(0, Number.MAX_SAFE_INTEGER);

  private async options(): Promise<object> {
    const { preset, scenario, trace, live: _, ...parameters } = Object.fromEntries(
      RUN.map((name) => [name, this.getAttribute(name) ?? undefined]),
    );
    if (trace === undefined) return { preset, scenario, parameters };
    const answer = await fetch(new URL(trace, document.baseURI));
    if (!answer.ok) throw new Error(`${trace}: ${answer.status} ${answer.statusText}`);
    return { trace: await answer.text(), parameters };
  }

  /** Shows the pictures that the attribute names. */
  private choose(): void {
    if (!this.figure || !this.parts) return;
    const view = this.getAttribute("view") ?? "both";
    const { box, network, canvas, stage, tabs } = this.parts;
    try {
      this.figure.choose(view, Math.max(this.parts.choice.selectedIndex, 0));
    } catch (error) {
      return this.fail(error);
    }
    this.offer(this.figure.choices(), this.parts.choice);
    box.toggleAttribute("hidden", !["both", "ladder"].includes(view));
    network.toggleAttribute("hidden", !["both", "network"].includes(view));
    canvas.toggleAttribute("hidden", network.hasAttribute("hidden"));
    stage.toggleAttribute("hidden", ["both", "ladder", "network", "story"].includes(view));
    this.parts.told.root.toggleAttribute("hidden", view !== "story");
    tabs.show(view);
    this.parts.fork.choose(view, Math.max(this.parts.choice.selectedIndex, 0));
    this.resize();
  }

  /** Lists what can be drawn; what was chosen stays so, also in another view and in another run. */
  private offer(choices: string[], select: HTMLSelectElement): void {
    const chosen = select.selectedIndex;
    if (choices.length > 0) {
      select.replaceChildren(...choices.map((choice) => new Option(choice)));
      select.selectedIndex = Math.min(Math.max(chosen, 0), choices.length - 1);
    }
    select.parentElement?.toggleAttribute("hidden", choices.length < 2);
  }

  private resize(): void {
    if (!this.figure || !this.parts) return;
    const { box, fork, network } = this.parts;
    const width = Math.max(box.clientWidth, network.parentElement?.clientWidth ?? 0, fork.width) - PADDING;
    if (width <= 0) return;
    fork.resize(width);
    this.show(this.figure.resize(width));
  }

  /** What a button, a key or a slider asks for. */
  act(action: Action): void {
    if (!this.figure || !this.parts) return;
    try {
      if (action.name === "play") return this.parts.player.toggle();
      this.parts.player.pause();
      this.move(action, this.figure, this.parts);
      this.parts.trouble.hidden = true;
    } catch (error) {
      this.fail(error);
    }
  }

  private move(action: Action, figure: Figure, parts: Parts): void {
    switch (action.name) {
      case "event": return this.show(figure.step_event(action.by), true);
      case "milestone": return this.show(figure.step_milestone(action.by), true);
      case "seek": return this.show(figure.seek(action.to), action.told);
      case "go-to": return this.show(figure.go_to(action.event), true);
      case "close": return parts.card.close();
      case "card": return parts.card.show(figure.card(action.packet));
      case "next-card": return parts.card.show(figure.next_card(action.by));
      case "zoom": return this.stretch(action.by, parts.box.clientHeight / 2);
      case "point": return this.point(action.at, figure, parts);
      case "break": return parts.breaks.toggle(figure);
      case "thing":
        if (this.changeable) parts.breaks.open(figure, action.kind, action.target);
        return;
      case "settings": return parts.settings.show(() => figure.settings());
      case "parameter": return this.changed(figure.set_parameter(action.knob, action.value), false);
      case "intervene": return this.changed(figure.intervene(action.action, action.target, action.by), true);
      case "remove": return this.changed(figure.remove(action.n), true);
      case "decide": return this.changed(figure.decide(action.fork), false);
      case "edit": return this.changed(figure.edit(action.text), false);
      case "undo": return this.changed(figure.undo(), false);
      case "redo": return this.changed(figure.redo(), false);
    }
  }

  /** Another run is shown: after a new intervention from where it takes another course. */
  private changed(status: Status, jumps: boolean): void {
    const { figure, parts } = this;
    if (!figure || !parts) return;
    parts.card.close();
    const event = this.renew(figure);
    this.offer(figure.choices(), parts.choice);
    this.choose();
    this.show(jumps && event !== undefined ? figure.go_to(event) : figure.seek(status.position), jumps);
    this.dispatchEvent(new CustomEvent("changed"));
  }

  /** Brings everything up to date that tells what the run is made with. */
  private renew(figure: Figure): string | undefined {
    const { fork, knobs, programs, settings, told, zoom } = this.parts as Parts;
    programs.update(figure.programs());
    knobs.show(figure.parameters());
    settings.root.hidden = figure.parameters() === undefined;
    settings.show(() => figure.settings());
    zoom.offer(figure.conversations());
    told.clear();
    return fork.update(figure);
  }

  /** Stretches the ladder; what lies at a height of its box stays there. */
  stretch(by: number, at: number): void {
    if (!this.figure || !this.parts || this.parts.box.hidden) return;
    const { box } = this.parts;
    const height = this.figure.zoom(by, box.scrollTop + at);
    this.parts.fork.stretch(by);
    this.show(this.figure.refresh(), false, false);
    box.scrollTop = height - at;
    this.look();
  }

  /** Shows but one conversation in the ladder. */
  focusOn(place: number): void {
    if (!this.figure || !this.parts) return;
    const chosen = place < 0 ? NOWHERE : place;
    this.parts.fork.focus(chosen);
    this.show(this.figure.focus(chosen));
  }

  /** A click on no mark: perhaps on a packet that is but a point. */
  private point(at: MouseEvent, figure: Figure, parts: Parts): void {
    const { left, top } = parts.network.getBoundingClientRect();
    const packet = parts.network.hasAttribute("hidden") ? undefined : figure.dot_at(at.clientX - left, at.clientY - top);
    if (packet !== undefined) parts.card.show(figure.card(packet));
  }

  /** Moves on while playing; false at the end. */
  advance(by: number, jump: boolean): boolean {
    if (!this.figure) return false;
    const status = jump ? this.figure.step_milestone(1) : this.figure.advance(by);
    this.show(status);
    return !status.at_end;
  }

  /** Comes to rest where a row ends. */
  rest(): void {
    if (this.figure) this.show(this.figure.seek(this.figure.position()));
  }

  rewind(): void {
    if (this.figure) this.show(this.figure.seek(0));
  }

  /** Brings everything around the pictures up to date; `told` says it aloud. */
  private show(status: Status, told = false, scrolls = true): void {
    if (!this.figure || !this.parts) return;
    const { box, breaks, dots, fork, ladder, now, network, programs, transport, story } = this.parts;
    programs.mark(status.tasks);
    if (!box.hidden) {
      move(now.parentElement as HTMLElement, status);
      this.measure(ladder.getAttribute("height") ?? "");
      if (scrolls) follow(box, status.cursor);
      this.look();
    }
    if (!network.hasAttribute("hidden")) dots.show(this.memory, this.figure.dots());
    this.parts.told.show(this.figure, status.events);
    fork.follow(this.figure, this.memory);
    breaks.follow(this.figure, status.time);
    transport.show(status, this.figure.length());
    story.setAttribute("aria-live", told ? "polite" : "off");
    if (story.textContent !== status.story) story.textContent = status.story;
  }

  /** The height of the ladder decides that of its box. */
  private measure(height: string): void {
    if (!this.parts || height === this.tall) return;
    this.tall = height;
    this.parts.box.style.setProperty("--tall", `${height}px`);
  }

  /** The memory of the engine. */
  private get memory(): WebAssembly.Memory {
    return this.engine?.heap() as WebAssembly.Memory;
  }

  private fail(error: unknown): void {
    if (!this.parts) return;
    this.parts.player.pause();
    this.parts.trouble.hidden = false;
    this.parts.trouble.textContent = error instanceof Error ? error.message : String(error);
  }
}

export type Action =
  | { name: "play" | "close" | "break" | "settings" | "undo" | "redo" }
  | { name: "event" | "milestone" | "next-card"; by: number }
  | { name: "seek"; to: number; told: boolean }
  | { name: "go-to"; event: string }
  | { name: "card"; packet: string }
  | { name: "zoom"; by: number }
  | { name: "point"; at: MouseEvent }
  | { name: "parameter"; knob: string; value: string }
  | { name: "intervene"; action: string; target: string; by: string }
  | { name: "thing"; kind: string; target: string }
  | { name: "edit"; text: string }
  | { name: "remove"; n: number }
  | { name: "decide"; fork: boolean };

/** The pieces of the shadow tree. */
class Parts {
  readonly box: HTMLElement;
  readonly head: SVGSVGElement;
  readonly ladder: SVGSVGElement;
  readonly now: SVGSVGElement;
  readonly network: SVGSVGElement;
  readonly canvas: HTMLCanvasElement;
  readonly dots: Dots;
  readonly zoom: Zoom;
  readonly stage: SVGSVGElement;
  readonly choice: HTMLSelectElement;
  readonly tabs: Tabs;
  readonly story: HTMLElement;
  readonly told: Story;
  readonly trouble: HTMLElement;
  readonly programs: Programs;
  readonly card: Card;
  readonly knobs: Knobs;
  readonly transport: Transport;
  readonly player: Player;
  readonly fork: Fork;
  readonly breaks: Breaks;
  readonly settings: Settings;

  constructor(tree: ShadowRoot, scope: SockScope, words: Words, doing: ForkWords) {
    const find = <E extends Element>(selector: string) => tree.querySelector(selector) as E;
    this.box = find(".ladder-box");
    this.head = find(".ladder-head");
    this.ladder = find(".ladder");
    this.now = find(".now svg");
    this.network = find(".network");
    this.canvas = find(".dots");
    this.dots = new Dots(find(".pictures"));
    this.zoom = new Zoom(find(".ladder-tools"), this.box, words,
      (by, at) => scope.stretch(by, at), (place) => scope.focusOn(place));
    this.stage = find(".stage");
    this.choice = find(".choice select");
    this.choice.addEventListener("change", () => scope.setAttribute("view", scope.getAttribute("view") ?? "both"));
    this.tabs = new Tabs(find(".views"), find(".pictures"), (view) => scope.setAttribute("view", view));
    this.story = find(".story");
    this.told = new Story(find(".story-view"), words, (action) => scope.act(action));
    this.trouble = find(".trouble");
    this.programs = new Programs(find(".programs"), words);
    const acts = (packet: string) => (scope.changeable ? packetActs(packet, scope, doing) : undefined);
    this.card = new Card(find(".card"), words, (event) => scope.act({ name: "go-to", event }), acts);
    this.fork = new Fork(tree, scope, words, doing);
    this.breaks = new Breaks(find(".breaks"), find("[data-do=break]"), scope, doing);
    this.settings = new Settings(find(".settings"), scope, doing);
    this.knobs = new Knobs(find(".knobs"), scope);
    this.transport = new Transport(tree, scope, words);
    this.player = new Player(scope, this.transport);
  }
}
