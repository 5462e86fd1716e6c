// The pieces of a figure's shadow tree.

import { Card } from "./card.js";
import type { SockScope } from "./figure.js";
import { Breaks, packetActs } from "./lab/breaks.js";
import { Fork } from "./lab/fork.js";
import { Settings } from "./lab/settings.js";
import { Knobs } from "./knobs.js";
import { Dots } from "./dots.js";
import { Player } from "./player.js";
import { Programs } from "./programs.js";
import { Story } from "./story.js";
import { Tabs } from "./tabs.js";
import { Transport } from "./transport.js";
import { Zoom } from "./zoom.js";
import type { ForkWords } from "./texts/fork.js";
import type { Words } from "./texts/index.js";

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
      (by, at) => scope.stretch(by, at), (conversation) => scope.focusOn(conversation));
    this.stage = find(".stage");
    this.choice = find(".choice select");
    this.choice.addEventListener("change", () => scope.setAttribute("view", scope.getAttribute("view") ?? "both"));
    this.tabs = new Tabs(find(".views"), find(".pictures"), (view) => scope.act({ name: "view", view }));
    this.story = find(".story");
    this.told = new Story(find(".story-view"), words, (action) => scope.act(action));
    this.trouble = find(".trouble");
    this.programs = new Programs(find(".programs"), words);
    this.card = new Card(find(".card"), words, this.programs, {
      goTo: (event) => scope.act({ name: "go-to", event }),
      open: (packet) => scope.act({ name: "card", packet }),
      acts: (packet) => (scope.changeable ? packetActs(packet, scope, doing) : undefined),
    });
    this.fork = new Fork(tree, scope, words, doing, this.card);
    this.breaks = new Breaks(find(".breaks"), find("[data-do=break]"), scope, doing);
    this.settings = new Settings(find(".settings"), scope, doing);
    this.knobs = new Knobs(find(".knobs"), scope);
    this.transport = new Transport(tree, scope, words);
    this.player = new Player(scope, this.transport);
  }
}
