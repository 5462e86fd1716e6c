// One packet: why it was sent, what it changed, its headers and bytes. Everything that it tells of is a link: the line of
// code, the call, other packets, events, the rule.

import type { PacketBlock, PacketCard, PacketStep } from "../wasm/sockscope_web.js";
import { button, classed, element } from "./dom.js";
import { Octets } from "./octets.js";
import type { Programs } from "./programs.js";
import type { DeskWords } from "./texts/desk.js";

/** Where the links of a card lead. */
export type Links = {
  goTo: (event: string) => void;
  open: (packet: string) => void;
  /** What can be done to the packet, where something can. */
  acts: (packet: string) => HTMLElement | undefined;
};

export class Card {
  private readonly home: HTMLElement;

  constructor(
    private readonly root: HTMLElement,
    private readonly words: DeskWords,
    private readonly programs: Programs,
    private readonly links: Links,
  ) {
    this.home = root.parentElement as HTMLElement;
    root.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
  }

  close(): void {
    this.root.hidden = true;
  }

  /** Shows a card over the pictures of the run that it belongs to. */
  show(card: PacketCard | undefined, links = this.links, place = this.home): void {
    if (!card) return this.close();
    if (this.root.parentElement !== place) place.append(this.root);
    const { words } = this;
    const head = element("header", element("h3", card.title), button("×", () => this.close(), words.closePacket));
    const octets = new Octets(card.fields, card.bytes, words);
    const acts = links.acts(card.packet);
    this.root.replaceChildren(
      head,
      ...(acts ? [acts] : []),
      element("p", card.way),
      element("h4", words.ledBy),
      this.causes(card, links),
      ...this.blocks(card.blocks),
      ...this.list(words.connectionTold, card.connection, links),
      ...this.list(words.became, card.journey, links),
      ...this.list(words.ledTo, card.effects, links),
      ...octets.tables,
      octets.dump,
    );
    this.root.hidden = false;
    this.root.scrollTop = 0;
  }

  /** From the line of code over the call to the packet, and the rule by which it was sent. */
  private causes(card: PacketCard, links: Links): HTMLElement {
    const { causes } = this.words;
    const chain = classed("ol", "causes");
    const add = (name: string, ...what: (string | Node)[]) =>
      chain.append(element("li", classed("span", "kind", name), element("div", ...what)));
    const code = card.line && this.programs.line(card.line.pane, card.line);
    if (card.line && code) add(causes.line, code);
    if (card.call) add(causes.call, this.step(card.call, links));
    if (card.trigger) add(causes.trigger, this.step(card.trigger, links));
    if (card.original) add(causes.original, this.step(card.original, links));
    add(causes.sent, this.step(card.sent, links, false));
    add(causes.rule, `${card.why} `, source(card));
    return chain;
  }

  /** An event: a click goes there, or to the card of another packet. */
  private step({ event, packet, time, text, inferred }: PacketStep, links: Links, opens = true): HTMLElement {
    const made = button(`${time}: ${text}`, () => (opens && packet !== undefined ? links.open(packet) : links.goTo(event)));
    made.className = "step";
    if (inferred) made.append(" ", element("em", this.words.inferred));
    return made;
  }

  private list(title: string, steps: PacketStep[], links: Links): HTMLElement[] {
    if (steps.length === 0) return [];
    return [element("h4", title), element("ul", ...steps.map((step) => element("li", this.step(step, links, false))))];
  }

  /** Both control blocks side by side: what the packet changed stands out. */
  private blocks(blocks: PacketBlock[]): HTMLElement[] {
    if (blocks.length === 0) return [];
    const { words } = this;
    const body = classed("table", "blocks");
    body.createCaption().textContent = words.blocks;
    const titles = blocks.map(({ host, receives, inferred }) => {
      const title = element("th", receives ? words.takes(host) : words.sends(host));
      title.scope = "col";
      if (inferred) title.append(" ", element("em", words.inferred));
      return title;
    });
    body.createTHead().insertRow().append(element("td"), ...titles);
    const rows = body.createTBody();
    for (const name of new Set(blocks.flatMap(({ variables }) => variables.map(({ name }) => name)))) {
      const head = element("th", name);
      head.scope = "row";
      const cells = blocks.map(({ variables }) => {
        const { before = "", after = "" } = variables.find((variable) => variable.name === name) ?? {};
        return before === after ? classed("td", "same", after) : element("td", `${before} → `, element("b", after));
      });
      rows.insertRow().append(head, ...cells);
    }
    return [body];
  }
}

/** The rule's place: a link where it can be read. */
function source(card: PacketCard): HTMLElement {
  if (!card.link) return classed("span", "source", card.source);
  const link = element("a", card.source);
  link.href = card.link;
  link.target = "_blank";
  link.rel = "noopener";
  return link;
}
