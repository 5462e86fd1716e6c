// The pieces of a figure's shadow tree.

import type { Changes } from "../wasm/sockscope_web.js";
import type { Action } from "./action.js";
import type { Desk } from "./desk.js";
import type { Figure } from "./engine.js";
import type { SockScope } from "./figure.js";
import { Knobs } from "./knobs.js";
import { Dots } from "./dots.js";
import { Player } from "./player.js";
import { Programs } from "./programs.js";
import { unroll } from "./scroll.js";
import { Tabs } from "./tabs.js";
import { Transport } from "./transport.js";
import { Zoom } from "./zoom.js";
import { languageOf, type Words } from "./texts/index.js";

/** Actions that need the desk. */
const WORK = [
  "card", "next-card", "point", "break", "thing", "settings", "meet", "intervene", "remove", "decide", "edit", "undo", "redo",
];
/** Who comes near these may want it. */
const NEAR = "[data-packet], [data-node], [data-link], [data-do=break], [data-view=story], .knobs, .settings";

/**
 * Whether to ask for a file that nobody waits for: without a network that fails, and what is there works on without it. A page
 * that was opened as a file has it inside.
 */
const isWithinReach = () => navigator.onLine || location.protocol === "file:";

/** Whether there is something to tell of what was done to a run. */
function isTouched(changes: Changes | undefined): boolean {
  return Boolean(changes && (changes.undo || changes.redo || changes.forked || changes.interventions.length > 0));
}

/** The pieces of the shadow tree. */
export class Parts {
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
  readonly told: HTMLElement;
  readonly trouble: HTMLElement;
  readonly programs: Programs;
  readonly knobs: Knobs;
  readonly transport: Transport;
  readonly player: Player;
  readonly changes: HTMLElement;
  readonly settings: HTMLDetailsElement;
  /** What the reader works with, since somebody wanted it. */
  desk: Desk | undefined;
  private coming: Promise<void> | undefined;

  constructor(private readonly tree: ShadowRoot, private readonly scope: SockScope, words: Words) {
    const find = <E extends Element>(selector: string) => tree.querySelector(selector) as E;
    this.box = find(".ladder-box");
    this.head = find(".ladder-head");
    this.ladder = find(".ladder");
    this.now = find(".now svg");
    this.network = find(".network");
    this.canvas = find(".dots");
    this.dots = new Dots(find(".pictures"));
    this.zoom = new Zoom(find(".ladder-tools"), this.box, words,
      (by, at) => scope.stretch(by, at), (conversation) => scope.focusOn(conversation));
    this.stage = find(".stage");
    this.choice = find(".choice select");
    this.choice.addEventListener("change", () => scope.setAttribute("view", scope.getAttribute("view") ?? "both"));
    this.tabs = new Tabs(find(".views"), find(".pictures"), (view) => scope.act({ name: "view", view }));
    this.story = find(".story");
    this.told = find(".story-view");
    this.trouble = find(".trouble");
    this.programs = new Programs(find(".programs"), words);
    this.changes = find(".changes");
    this.settings = find(".settings");
    this.settings.addEventListener("toggle", () => scope.act({ name: "settings" }));
    this.knobs = new Knobs(find(".knobs"), scope);
    this.transport = new Transport(tree, scope, words);
    this.player = new Player(scope, this.transport);
  }

  /** Shows the pictures of a view; whether it takes the desk to show what there is. */
  choose(view: string): boolean {
    const { box, canvas, changes, network, stage, tabs, told } = this;
    box.toggleAttribute("hidden", !["both", "ladder"].includes(view));
    network.toggleAttribute("hidden", !["both", "network"].includes(view));
    canvas.toggleAttribute("hidden", network.hasAttribute("hidden"));
    stage.toggleAttribute("hidden", ["both", "ladder", "network", "story"].includes(view));
    told.toggleAttribute("hidden", view !== "story");
    tabs.show(view);
    return view === "story" || !changes.hidden;
  }

  /**
   * Brings everything up to date that tells what the run is made with. Where it was forked: the event from which on it differs
   * from its original.
   */
  renew(figure: Figure): string | undefined {
    const { changes, desk, knobs, programs, settings, zoom } = this;
    programs.update(figure.programs());
    knobs.show(figure.parameters());
    settings.hidden = figure.parameters() === undefined;
    zoom.offer(figure.conversations());
    const done = figure.changes();
    changes.hidden = !(done?.interventions.length || (isTouched(done) && (desk || isWithinReach())));
    return desk?.renew(figure);
  }

  /** On paper there is no scrolling: all of the ladder is there, in pieces for its pages. */
  unroll(figure: Figure, when: string): void {
    unroll(this.box.parentElement as Element, figure, when);
    this.desk?.fork.unroll(when);
  }

  /** Fetches the desk where an action needs it; nothing where there is nothing to wait for. */
  deskFor(action: Action): Promise<void> | undefined {
    return WORK.includes(action.name) || (action.name === "view" && action.view === "story") ? this.fetchDesk() : undefined;
  }

  foresee({ target }: Event): void {
    if (isWithinReach() && (target as Element).closest(NEAR)) void this.fetchDesk()?.catch(() => {});
  }

  /** Fetches the desk; nothing where it is there. What could not be fetched is tried again when it is asked for again. */
  fetchDesk(): Promise<void> | undefined {
    if (this.desk) return undefined;
    this.coming ??= import("./desk.js").then(({ Desk }) => {
      // In another language the tree has been made anew.
      if (!this.tree.contains(this.box)) return;
      this.desk = new Desk(this.tree, this.scope, this.programs, languageOf(this.scope));
      this.scope.equipped();
    }).catch((error: unknown) => {
      this.coming = undefined;
      this.changes.hidden = true;
      throw error;
    });
    return this.coming;
  }
}
