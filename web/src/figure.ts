// <sock-scope preset="udp-upper">: one figure. It asks the engine for everything it shows. What pages can do with it stands in
// api.ts, its attributes in attributes.ts.

import type { Answer, Status } from "../wasm/sockscope_web.js";
import type { Action } from "./action.js";
import type { Change, Scope } from "./api.js";
import { RUN, SHOWN } from "./attributes.js";
import type { Desk } from "./desk.js";
import { offer, say } from "./dom.js";
import { engine, isBreakage, isUnreachable, restart, type Engine, type Figure, type Kind } from "./engine.js";
import type { Feed } from "./feed.js";
import { arrange, carried, layoutOf, type Layout } from "./layout.js";
import { Parts } from "./parts.js";
import { engineFor, foresee, restFor } from "./rest.js";
import { follow, HEAD, move } from "./scroll.js";
import { kept, optionsOf, type Kept, type Linked, type Options } from "./options.js";
import elementStyle from "./element.css";
import type { Dialog } from "./sharing/index.js";
import { adopt } from "./sheets.js";
import { template } from "./template.js";
import { ENGLISH, engineTexts } from "./texts/engine.js";
import { figure as texts, languageOf, type Words } from "./texts/index.js";

/** Attributes of runs that only the laboratory's engine can make. */
const LAB = ["trace", "live"];
/** Left and right of the pictures, in pixels. */
const PADDING = 24;

/** Every figure of the page that has begun. */
const figures = new Set<SockScope>();
/** Where there is no page, the module can be loaded all the same. */
const Base = globalThis.HTMLElement ?? class {};

export class SockScope extends Base implements Scope {
  static readonly observedAttributes = [...RUN, ...SHOWN];

  readonly tree = this.attachShadow({ mode: "open" });
  private begun = false;
  private engine: Engine | undefined;
  engineTexts = ENGLISH;
  /** Its words, from when it is built. */
  words!: Words;
  private figure: Figure | undefined;
  private parts: Parts | undefined;
  private feed: Feed | undefined;
  /** The height of the ladder, as its box knows it. */
  private tall = "";
  /** For which width the pictures are. */
  private fitted = 0;
  /** What is wrong with the code fence that the figure was, where something is. */
  refused: string | undefined;
  /** What a link has in the place of the page's own JSON. */
  private linked: Linked | undefined;
  /** How a link wants it arranged. */
  private wanted: Layout | undefined;
  /** The scenario as the page had it. */
  private pristine: string | undefined;
  private told: { at: number } | undefined;
  /** How often a run was asked for. */
  private loads = 0;
  private readonly sight = new IntersectionObserver((entries) => this.seen(entries), { rootMargin: "300px" });
  private readonly size = new ResizeObserver(() => this.width !== this.fitted && (this.fit(), this.showAgain()));

  constructor() {
    super();
    // Until it is ready, a figure shows what its page put into it.
    this.tree.append(document.createElement("slot"));
    for (const near of ["pointerover", "focusin"]) {
      this.tree.addEventListener(near, (event) => (foresee(event, this.engine), this.parts?.foresee(event)));
    }
  }

  connectedCallback(): void {
    figures.add(this);
    this.sight.observe(this);
    this.size.observe(this);
    addEventListener("beforeprint", this.unroll);
    addEventListener("afterprint", this.unroll);
  }

  disconnectedCallback(): void {
    figures.delete(this);
    this.sight.disconnect();
    this.size.disconnect();
    this.parts?.player.pause();
    this.feed?.close();
    removeEventListener("beforeprint", this.unroll);
    removeEventListener("afterprint", this.unroll);
  }

  attributeChangedCallback(name: string): void {
    if (!this.parts) return;
    if (name === "view") this.choose(), this.showAgain();
    else if (name === "until") this.hold();
    else if (name === "lang") void this.build();
    else if (name === "speed" || name === "loop") this.pace();
    else if (RUN.includes(name)) {
      this.linked = undefined;
      void this.load();
    }
  }

  /** Where in the run it is: 0 to 1. */
  get position(): number {
    return this.figure ? this.figure.position() / this.figure.length() : 0;
  }
  set position(fraction: number) {
    this.guard((figure) => this.show(figure.seek(fraction * figure.length())));
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
    this.guard((figure) => {
      const parts = this.parts as Parts;
      figure.hold(this.getAttribute("until") ?? undefined);
      parts.desk?.card.close();
      parts.programs.show(figure.programs());
      parts.renew(figure);
      this.choose();
      this.showAgain();
    });
  }

  /** Figures come to life when they are near the window, and stop when they leave it. */
  private seen(entries: IntersectionObserverEntry[]): void {
    const visible = entries.at(-1)?.isIntersecting ?? false;
    if (!visible) this.parts?.player.pause();
    else if (!this.parts && !this.begun) this.begin();
  }

  /** Has the engine and its words fetched at once; the rest is done when the page has painted what it has. */
  private begin(): void {
    this.begun = true;
    for (const part of [engine(this.kind), engineTexts[languageOf(this)]()]) void part.catch(() => {});
    setTimeout(() => void this.build());
  }

  private async build(): Promise<void> {
    const language = languageOf(this);
    const words = await texts[language]();
    if (language !== languageOf(this)) return this.build();
    this.words = words;
    this.parts?.player.pause();
    adopt(this.tree, elementStyle);
    this.tree.innerHTML = `<slot></slot>${template(words)}`;
    this.parts = new Parts(this.tree, this, words);
    this.pace();
    this.parts.box.addEventListener("scroll", () => this.look());
    await this.load();
  }

  /** Which engine the attributes ask for. */
  get kind(): Kind {
    return LAB.some((name) => this.hasAttribute(name)) ? "lab" : "figure";
  }

  /** Runs what the attributes name. What was asked for last is shown, whichever comes last. */
  private async load(): Promise<void> {
    if (!this.parts) return;
    this.parts.player.pause();
    this.feed?.close();
    const load = ++this.loads;
    try {
      // What the page's author put into the element is there when the page is.
      if (document.readyState === "loading") await new Promise((there) => addEventListener("DOMContentLoaded", there, { once: true }));
      const [[engine, run], words] = await Promise.all([engineFor(this), engineTexts[languageOf(this)]()]);
      if (load !== this.loads) return;
      [this.engine, this.engineTexts] = [engine, words];
      adopt(this.tree, engine.style());
      if (this.refused !== undefined) throw new Error(this.refused);
      const live = this.getAttribute("live");
      if (live !== null) return await this.watch(new URL(live, document.baseURI), load);
      const options = run ?? await optionsOf(this, this.overrides, engine, this.linked?.original);
      // What stands beside the run from its beginning, or in the place of its pictures.
      if (options.original !== undefined || this.getAttribute("view") === "story") await this.parts.fetchDesk();
      if (load === this.loads) this.display(options);
    } catch (error) {
      if (load === this.loads) this.fail(error);
    }
  }

  /** Makes the run and shows it. */
  private display(options: Options): void {
    if (!this.parts || !this.engine) return;
    const { head, ladder, now, network, stage, programs, trouble } = this.parts;
    const figure = new this.engine.Figure(head, ladder, now, network, stage, { ...options, texts: this.engineTexts.patterns });
    const until = this.getAttribute("until");
    if (until !== null) figure.hold(until);
    const layout = this.wanted ?? carried(this.parts, this.figure, figure);
    this.wanted = undefined;
    this.figure?.free();
    this.figure = figure;
    trouble.hidden = true;
    this.setAttribute("ready", "");
    programs.show(figure.programs());
    this.parts.renew(figure);
    this.choose();
    if (arrange(figure, layout, this.parts)) this.choose();
    const begins = this.hasAttribute("start") || this.hasAttribute("autoplay");
    this.show(figure.go_to_place(this.getAttribute("at") ?? (begins ? this.first : this.last)));
    this.pristine = figure.scenario();
    this.dispatchEvent(new Event("run"));
    this.tell("ready");
    if (this.hasAttribute("autoplay") && !matchMedia("(prefers-reduced-motion: reduce)").matches) this.play();
  }

  /** Where playing begins and where it stops. */
  private get first(): string {
    return this.getAttribute("start") ?? "0";
  }
  private get last(): string {
    return this.getAttribute("end") ?? "1";
  }

  /** The JSON that a link brought along, or that the page put into the element. */
  get overrides(): string | undefined {
    return this.linked?.json ?? this.querySelector('script[type="application/json"]')?.textContent ?? undefined;
  }

  /** Tells the page's scripts that something happened. */
  private tell(name: string, detail?: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  private pace(): void {
    this.parts?.transport.pace(Number(this.getAttribute("speed") ?? 1), this.hasAttribute("loop"));
  }

  /** Shows a run while it is recorded. Who stands around the figure hears of it through events. */
  private async watch(address: URL, load: number): Promise<void> {
    const { watch } = await import("./feed.js");
    if (load === this.loads) this.feed = watch(address, this.words, {
      begin: (text) => this.display({ trace: text }),
      grow: (text) => this.grow(text),
      fail: (error) => this.fail(error),
      tell: (name, detail) => this.tell(name, detail),
    });
  }

  /** Draws what has happened since. A reader who is at the end stays there, and where he has scrolled to. */
  private grow(lines: string): void {
    if (!this.figure || !this.parts) return;
    const { box, programs } = this.parts;
    const below = box.scrollHeight - box.scrollTop - box.clientHeight;
    const status = this.figure.append(lines);
    programs.update(this.figure.programs());
    offer(this.figure.choices(), this.parts.choice);
    this.parts.zoom.offer(this.figure.conversations());
    this.show(status, false, below < HEAD);
  }

  /** Has the engine paint what the reader sees of the ladder. */
  private readonly look = (): void => {
    if (!this.parts) return;
    const { scrollTop, clientHeight } = this.parts.box;
    this.guard((figure) => figure.see(scrollTop, scrollTop + clientHeight));
  };

  /** Before and after it is printed. */
  private readonly unroll = ({ type }: Event): void => this.guard((figure) => this.parts?.unroll(figure, type));

  /** Shows the pictures that the attribute names. */
  private choose(): void {
    this.guard((figure) => {
      const [parts, view] = [this.parts as Parts, this.getAttribute("view") ?? "both"];
      figure.choose(view, Math.max(parts.choice.selectedIndex, 0));
      offer(figure.choices(), parts.choice);
      if (parts.choose(view)) parts.fetchDesk()?.catch((error: unknown) => this.fail(error));
      parts.desk?.fork.choose(view, Math.max(parts.choice.selectedIndex, 0));
      this.fit();
    });
  }

  /** Has the pictures as wide as there is room. */
  private fit(): void {
    const [parts, width] = [this.parts, this.width];
    if (!parts || width <= 0) return;
    this.fitted = width;
    this.guard((figure) => (parts.desk?.fork.resize(width), figure.resize(width)));
  }

  private showAgain(): void {
    this.guard((figure) => this.show(figure.refresh()));
  }

  /** What a button, a key or a slider asks for. */
  act(action: Action): void {
    const { parts } = this;
    if (!this.figure || !parts) return;
    const coming = [restFor(action, this.engine), parts.deskFor(action)].filter(Boolean);
    if (coming.length > 0) return void Promise.all(coming).then(() => this.act(action), (error: unknown) => this.fail(error));
    this.guard((figure) => {
      if (action.name === "play") return parts.player.toggle();
      parts.player.pause();
      this.move(action, figure, parts);
      parts.trouble.hidden = true;
    });
  }

  private move(action: Action, figure: Figure, parts: Parts): void {
    // Whatever needs the desk comes when that is there.
    const desk = parts.desk as Desk;
    switch (action.name) {
      case "event": return this.show(figure.step_event(action.by), true);
      case "milestone": return this.show(figure.step_milestone(action.by), true);
      case "seek": return this.show(figure.seek(action.to), action.told);
      case "go-to": return this.show(figure.go_to(action.event), true);
      case "meet": return this.show(desk.fork.meet(figure, action.event), true);
      case "close": return parts.desk?.card.close();
      case "card": return desk.card.show(figure.card(action.packet));
      case "next-card": return desk.card.show(figure.next_card(action.by));
      case "view": return this.setAttribute("view", action.view);
      case "hand-on": return this.handOn(action.how);
      case "zoom": return this.stretch(action.by, parts.box.clientHeight / 2);
      case "point": return this.point(action.at, figure, parts);
      case "break": return desk.breaks.toggle(figure);
      case "thing":
        if (this.changeable) desk.breaks.open(figure, action.kind, action.target);
        return;
      case "settings": return desk.settings.show(() => figure.settings());
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
    parts.desk?.card.close();
    const event = parts.renew(figure);
    offer(figure.choices(), parts.choice);
    this.choose();
    this.show(jumps && event !== undefined ? figure.go_to(event) : figure.seek(status.position), jumps);
    this.dispatchEvent(new CustomEvent("changed"));
  }

  /** The desk is there: it shows what the run has for it. Nothing scrolls under the reader. */
  equipped(): void {
    this.guard((figure) => {
      this.parts?.renew(figure);
      this.choose();
      this.show(figure.refresh(), false, false);
    });
  }

  /** Stretches the ladder; what lies at a height of its box stays there. */
  stretch(by: number, at: number): void {
    if (!this.figure || !this.parts || this.parts.box.hidden) return;
    const { box } = this.parts;
    const height = this.figure.zoom(by, box.scrollTop + at);
    this.parts.desk?.fork.stretch(by);
    this.show(this.figure.refresh(), false, false);
    box.scrollTop = height - at;
    this.look();
  }

  /** Shows but one conversation in the ladder, counted from 1; all where it is 0. */
  focusOn(conversation: number): void {
    if (!this.figure || !this.parts) return;
    this.parts.desk?.fork.focus(conversation);
    this.show(this.figure.focus(conversation));
  }

  /** A click on no mark: perhaps on a packet that is but a point. */
  private point(at: MouseEvent, figure: Figure, parts: Parts): void {
    const { left, top } = parts.network.getBoundingClientRect();
    const packet = parts.network.hasAttribute("hidden") ? undefined : figure.dot_at(at.clientX - left, at.clientY - top);
    if (packet !== undefined) parts.desk?.card.show(figure.card(packet));
  }

  /** Moves on while playing; false at the end. */
  advance(by: number, jump: boolean): boolean {
    return this.guard((figure) => {
      const status = jump ? figure.step_milestone(1) : figure.advance(by);
      const end = figure.place_of(this.last);
      const over = status.at_end || status.position >= end;
      this.show(over && status.position > end ? figure.seek(end) : status);
      return !over;
    }) ?? false;
  }

  /** Makes ready to play: from the beginning, unless it is on the way. */
  setOff(): void {
    this.guard((figure) => {
      const [here, from, to] = [figure.position(), figure.place_of(this.first), figure.place_of(this.last)];
      if (here < from - 0.01 || here >= to - 0.01) this.rewind();
    });
  }

  /** Comes to rest where a row ends. */
  rest(): void {
    this.guard((figure) => this.show(figure.seek(figure.position())));
  }

  rewind(): void {
    this.guard((figure) => this.show(figure.go_to_place(this.first)));
  }

  /** It was set playing, came to rest, or came to its end. */
  played(what: "play" | "pause" | "end"): void {
    this.tell(what);
  }

  get playing(): boolean {
    return this.parts?.player.plays ?? false;
  }
  play(): void {
    if (this.figure && !this.playing) this.parts?.player.play();
  }
  pause(): void {
    this.parts?.player.pause();
  }
  seek(place: number | string): void {
    this.pause();
    this.guard((figure) => this.show(figure.go_to_place(String(place)), true));
  }
  stepEvent(by = 1): void {
    this.act({ name: "event", by });
  }
  stepMilestone(by = 1): void {
    this.act({ name: "milestone", by });
  }
  reset(): void {
    if (this.parts) void this.load();
  }
  get place(): string {
    return this.figure?.here() ?? "0";
  }
  get scenario(): string | undefined {
    return this.figure?.scenario();
  }
  set scenario(text: string) {
    this.setAttribute("scenario", text);
  }
  /** The scenario of the original beside a fork. */
  get original(): string | undefined {
    return this.parts?.desk?.fork.scenario;
  }
  async link(): Promise<string> {
    const { address } = await import("./link.js");
    return address(this, await engine(this.kind));
  }
  async toSVG(animated = false): Promise<string> {
    const { picture } = await import("./sharing/index.js");
    return picture(this, animated);
  }

  /** Whether this is another run than its attributes have. */
  get differs(): boolean {
    return this.overrides !== undefined || this.scenario !== this.pristine;
  }
  /** How the reader has arranged it; nothing where it is not there. */
  get layout(): Layout | undefined {
    return this.parts && this.figure && layoutOf(this.parts, this.figure);
  }
  /** How wide its pictures are, in pixels. */
  get width(): number {
    if (!this.parts) return 0;
    const { box, desk, network } = this.parts;
    return Math.max(box.clientWidth, network.parentElement?.clientWidth ?? 0, desk?.fork.width ?? 0) - PADDING;
  }

  /** Opens a dialog, which is loaded only now. */
  private handOn(how: Dialog): void {
    import("./sharing/index.js").then(({ open }) => open(how, this)).catch((error: unknown) => this.fail(error));
  }

  /** Shows what a link asked for by its attributes, with its JSON. */
  async openLink(linked: Linked | undefined, layout: Layout): Promise<void> {
    this.linked = linked;
    this.wanted = layout;
    await this.load();
  }

  /** Brings everything around the pictures up to date; `told` says it aloud. */
  private show(status: Status, told = false, scrolls = true): void {
    if (!this.figure || !this.parts) return;
    const { box, desk, dots, ladder, now, network, programs, transport, story } = this.parts;
    const memory = this.engine?.heap() as WebAssembly.Memory;
    programs.mark(status.tasks);
    if (!box.hidden) {
      move(now.parentElement as HTMLElement, status);
      // The height of the ladder decides that of its box.
      const tall = `${ladder.getAttribute("height") ?? ""}px`;
      if (tall !== this.tall) box.style.setProperty("--tall", (this.tall = tall));
      if (scrolls) follow(box, status.cursor);
      this.look();
    }
    if (!network.hasAttribute("hidden")) dots.show(memory, this.figure.dots());
    desk?.follow(this.figure, memory, status);
    transport.show(status, this.figure.length());
    say(story, status.story, told);
    const { position, time } = status;
    if (position === this.told?.at) return;
    this.told = { at: position };
    this.tell("change", { position: position / this.figure.length(), time, story: status.story } satisfies Change);
  }

  /** Does something with the figure; what goes wrong is shown in its place. */
  private guard<T>(what: (figure: Figure) => T): T | undefined {
    if (!this.figure) return undefined;
    try {
      return what(this.figure);
    } catch (error) {
      this.fail(error);
      return undefined;
    }
  }

  private fail(error: unknown): void {
    if (!this.parts) return;
    const { player, trouble } = this.parts;
    const broke = isBreakage(error) && this.engine;
    const message = error instanceof Error ? error.message : String(error);
    if (broke) {
      this.figure = undefined;
      this.parts.desk?.fork.lose();
    }
    player.pause();
    trouble.hidden = false;
    const [{ words }, lost] = [this, isUnreachable(error)];
    trouble.textContent = broke ? words.broke(message) : lost ? words.unreachable : this.engineTexts.retell(message);
    // A slider that could not change the run goes back.
    if (lost && this.figure) this.parts.renew(this.figure);
    else if (lost) addEventListener("online", () => void this.build(), { once: true });
    this.tell("error", { message });
    if (broke) SockScope.renew(broke);
  }

  /** Starts an engine anew that broke under a figure: the others that it had go on. */
  private static renew(engine: Engine): void {
    const others = [...figures].filter((scope) => scope.engine === engine && scope.figure);
    const runs = others.map(kept);
    restart(engine);
    others.forEach((scope, n) => scope.revive(runs[n]));
  }

  /** Makes the figure anew that an engine has lost. */
  private revive(kept: Kept | undefined): void {
    this.figure = undefined;
    this.parts?.desk?.fork.lose();
    // Of a run that is recorded while it is shown the server knows all.
    if (!kept || this.feed) return void this.load();
    try {
      this.display(kept.options);
      this.seek(kept.place);
    } catch (error) {
      this.fail(error);
    }
  }
}
