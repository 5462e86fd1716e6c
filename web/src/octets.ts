// The header fields of a packet and its bytes. Pointing at a field lights its bytes, and at a byte its fields; a click keeps
// the light and tells what the field means, and in the bytes the arrow keys move it.

import type { PacketField } from "../wasm/sockscope_web.js";
import { classed, element } from "./dom.js";
import type { DeskWords } from "./texts/desk.js";

/** Bytes a line. */
const LINE = 16;

export class Octets {
  readonly tables: HTMLElement[] = [];
  readonly dump: HTMLElement;
  private readonly bytes: HTMLElement[];
  private readonly rows = new Map<HTMLElement, PacketField>();
  /** The bytes whose light stays. */
  private kept: [number, number] = [0, 0];

  constructor(fields: PacketField[], bytes: Uint8Array | number[], words: DeskWords) {
    this.bytes = [...bytes].map((byte, at) =>
      element("span", byte.toString(16).padStart(2, "0") + (at % LINE === LINE - 1 ? "\n" : at % 8 === 7 ? "  " : " ")));
    for (const field of fields) this.row(field);
    this.dump = classed("div", "bytes", ...this.bytes);
    this.dump.tabIndex = 0;
    this.dump.setAttribute("role", "group");
    this.dump.setAttribute("aria-label", words.bytes);
    const place = (event: Event) => this.bytes.indexOf(event.target as HTMLElement);
    this.dump.addEventListener("pointerover", (event) => place(event) >= 0 && this.light(place(event)));
    this.dump.addEventListener("pointerleave", () => this.light(...this.kept));
    this.dump.addEventListener("click", (event) => place(event) >= 0 && this.keep(place(event)));
    this.dump.addEventListener("keydown", (event) => this.key(event));
  }

  /** A field as a row of the table of its header. */
  private row(field: PacketField): void {
    let table = this.tables.at(-1) as HTMLTableElement | undefined;
    if (table?.caption?.textContent !== field.header) {
      table = element("table");
      table.createCaption().textContent = field.header;
      this.tables.push(table);
    }
    const row = table.insertRow();
    row.title = field.meaning;
    const name = element("th", field.name);
    name.scope = "row";
    row.append(name, element("td", field.value, classed("span", "meaning", field.meaning)));
    // A row that moves under a pointer that rests is not pointed at.
    row.addEventListener("pointerenter", ({ movementX, movementY }) => {
      if (movementX || movementY) this.light(field.first, field.end);
    });
    row.addEventListener("pointerleave", () => this.light(...this.kept));
    row.addEventListener("click", () => this.keep(field.first, field.end, row));
    this.rows.set(row, field);
  }

  /** Lights some bytes and the fields that they are part of. */
  private light(first: number, end = first + 1): void {
    this.bytes.forEach((byte, at) => byte.classList.toggle("lit", first <= at && at < end));
    for (const [row, field] of this.rows) row.classList.toggle("lit", field.first < end && first < field.end);
  }

  private keep(first: number, end = first + 1, row = this.rowOf(first)): void {
    this.kept = [first, end];
    this.light(first, end);
    for (const other of this.rows.keys()) other.classList.toggle("kept", other === row);
    this.bytes[first]?.scrollIntoView({ block: "nearest" });
    row?.scrollIntoView({ block: "nearest" });
  }

  /** The first field that a byte is part of. */
  private rowOf(byte: number): HTMLElement | undefined {
    return [...this.rows].find(([, field]) => field.first <= byte && byte < field.end)?.[0];
  }

  private key(event: KeyboardEvent): void {
    // On a narrow card lines are shorter.
    const [top] = this.bytes;
    const line = this.bytes.findIndex((byte) => byte.offsetTop > (top?.offsetTop ?? 0));
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -line, ArrowDown: line }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const [first, end] = this.kept;
    const next = end === 0 ? 0 : first + by;
    if (next >= 0 && next < this.bytes.length) this.keep(next);
  }
}
