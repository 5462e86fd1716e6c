// What a reader works with who does more than watch: the story as a table, the cards of packets, what can be broken, every
// parameter, and the fork with its original. A file of its own, which comes when somebody turns to any of that.

// One file for all that a page has of figures from the first: without this there would be five small ones.
import "./set-up.js";
import type { Status } from "../wasm/sockscope_web.js";
import { Card } from "./card.js";
import cardStyle from "./card.css";
import type { Figure } from "./engine.js";
import type { SockScope } from "./figure.js";
import { Breaks, packetActs } from "./lab/breaks.js";
import { Fork } from "./lab/fork.js";
import forkStyle from "./lab/fork.css";
import { Settings } from "./lab/settings.js";
import type { Programs } from "./programs.js";
import { adopt } from "./sheets.js";
import { Story } from "./story.js";
import storyStyle from "./story.css";
import { desk as deskTexts } from "./texts/desk.js";
import { fork as forkTexts } from "./texts/fork.js";
import type { Language } from "./texts/index.js";

export class Desk {
  readonly told: Story;
  readonly card: Card;
  readonly fork: Fork;
  readonly breaks: Breaks;
  readonly settings: Settings;

  constructor(tree: ShadowRoot, scope: SockScope, programs: Programs, language: Language) {
    adopt(tree, storyStyle, cardStyle, forkStyle);
    const find = <E extends Element>(selector: string) => tree.querySelector(selector) as E;
    const [words, doing] = [deskTexts[language], forkTexts[language]];
    this.told = new Story(find(".story-view"), words, (action) => scope.act(action));
    this.card = new Card(find(".card"), words, programs, {
      goTo: (event) => scope.act({ name: "go-to", event }),
      open: (packet) => scope.act({ name: "card", packet }),
      acts: (packet) => (scope.changeable ? packetActs(packet, scope, doing) : undefined),
    });
    this.fork = new Fork(tree, scope, scope.words, doing, this.card);
    this.breaks = new Breaks(find(".breaks"), find("[data-do=break]"), scope, doing);
    this.settings = new Settings(find(".settings"), scope, doing);
  }

  /** Another run is shown, or another part of it. Where it was forked: the event from which on it differs. */
  renew(figure: Figure): string | undefined {
    this.settings.show(() => figure.settings());
    this.told.clear();
    return this.fork.update(figure);
  }

  /** Another moment is shown. */
  follow(figure: Figure, memory: WebAssembly.Memory, { cursor, events, time }: Status): void {
    this.told.show(figure, events);
    this.fork.follow(figure, memory, cursor);
    this.breaks.follow(figure, time);
  }
}
