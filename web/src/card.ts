// One packet: why it was sent, what it changed, its headers and bytes. Pointing at a field lights its bytes, and at a byte
// its field.

import type { PacketBlock, PacketCard, PacketField } from "../wasm/sockscope_web.js";
import { classed, element } from "./dom.js";
import type { Words } from "./texts/index.js";

export class Card {
  constructor(
    private readonly root: HTMLElement,
    private readonly words: Words,
    private readonly goTo: (event: string) => void,
    private readonly acts: (packet: string) => HTMLElement | undefined,
  ) {
    root.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
  }

  close(): void {
    this.root.hidden = true;
  }

  show(card: PacketCard | undefined): void {
    if (!card) return this.close();
    const { words } = this;
    const close = element("button", "×");
    close.setAttribute("aria-label", words.closePacket);
    close.addEventListener("click", () => this.close());
    const head = element("header", element("h3", card.title), close);
    const bytes = dump(card.bytes);
    const tables = headers(card.fields).map(([name, fields]) => table(name, fields, bytes));
    const dumped = classed("div", "bytes", ...bytes);
    dumped.tabIndex = 0;
    dumped.setAttribute("role", "group");
    dumped.setAttribute("aria-label", words.bytes);
    this.root.replaceChildren(
      head,
      ...[this.acts(card.packet)].filter((acts) => acts !== undefined),
      element("p", card.way),
      element("p", `${card.why} `, source(card)),
      ...this.call(card),
      ...changes(words.changed, card.blocks),
      ...list(words.connectionTold, card.connection),
      ...list(words.became, card.journey),
      ...list(words.ledTo, card.effects),
      ...tables,
      dumped,
    );
    this.root.hidden = false;
    this.root.scrollTop = 0;
  }

  /** The call that led to the packet: a click goes there. */
  private call(card: PacketCard): HTMLElement[] {
    const { call } = card;
    if (!call) return [];
    const button = classed("button", "step", call.text);
    button.type = "button";
    button.addEventListener("click", () => this.goTo(call.event));
    return [element("h4", this.words.ledBy), button];
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

/** What the control blocks had before and after. */
function changes(title: string, blocks: PacketBlock[]): HTMLElement[] {
  if (blocks.length === 0) return [];
  const body = document.createElement("table");
  body.createCaption().textContent = title;
  for (const { host, name, before, after } of blocks) {
    const head = element("th", `${host} ${name}`);
    head.setAttribute("scope", "row");
    body.insertRow().append(head, element("td", `${before} → ${after}`));
  }
  return [body];
}

/** The fields by their header, in order. */
function headers(fields: PacketField[]): [string, PacketField[]][] {
  const groups: [string, PacketField[]][] = [];
  for (const field of fields) {
    const last = groups.at(-1);
    if (last?.[0] === field.header) last[1].push(field);
    else groups.push([field.header, [field]]);
  }
  return groups;
}

function table(header: string, fields: PacketField[], bytes: HTMLElement[]): HTMLElement {
  const body = document.createElement("table");
  const caption = body.createCaption();
  caption.textContent = header;
  for (const field of fields) {
    const row = body.insertRow();
    row.title = field.meaning;
    const name = element("th", field.name);
    name.setAttribute("scope", "row");
    row.append(name, element("td", field.value));
    const light = (on: boolean) =>
      bytes.slice(field.first, field.end).forEach((byte) => byte.classList.toggle("lit", on));
    row.addEventListener("pointerenter", () => light(true));
    row.addEventListener("pointerleave", () => light(false));
    for (const byte of bytes.slice(field.first, field.end)) {
      byte.addEventListener("pointerenter", () => (light(true), row.classList.add("lit")));
      byte.addEventListener("pointerleave", () => (light(false), row.classList.remove("lit")));
    }
  }
  return body;
}

function list(title: string, lines: string[]): HTMLElement[] {
  if (lines.length === 0) return [];
  return [element("h4", title), element("ul", ...lines.map((line) => element("li", line)))];
}

/** Each byte in hex, sixteen a line. */
function dump(bytes: Uint8Array | number[]): HTMLElement[] {
  return [...bytes].map((byte, at) =>
    element("span", byte.toString(16).padStart(2, "0") + (at % 16 === 15 ? "\n" : at % 8 === 7 ? "  " : " ")));
}
