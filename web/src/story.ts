// What happened, as a table that anybody can read: a sentence for each event, and the moments worth stopping at. A run may
// have a hundred thousand events: only the rows about the current one stand in the document.

import type { StoryRow } from "../wasm/sockscope_web.js";
import type { Figure } from "./engine.js";
import type { Action } from "./action.js";
import type { DeskWords } from "./texts/desk.js";

/** So many rows stand in the document. */
const ROWS = 120;

export class Story {
  private readonly stops: Rows;
  private readonly events: Rows;

  constructor(private readonly root: HTMLElement, words: DeskWords, act: (action: Action) => void) {
    const goTo = (row: StoryRow) => act({ name: "go-to", event: row.event });
    this.stops = new Rows(words.milestones, words, goTo);
    this.events = new Rows(words.allEvents, words, (row) => {
      goTo(row);
      if (row.packet !== undefined) act({ name: "card", packet: row.packet });
    });
    root.append(this.stops.root, this.events.root);
    this.stops.keys((by) => act({ name: "milestone", by }));
    this.events.keys((by) => act({ name: "event", by }));
  }

  /** Another run: nothing of what stands there is true any more. */
  clear(): void {
    this.stops.clear();
    this.events.clear();
  }

  /** Marks the last of the events that have happened, and brings it into sight. */
  show(figure: Figure, events: number): void {
    if (this.root.hidden) return;
    const [stops = 0, passed = 0] = figure.passed();
    this.stops.show(stops, passed - 1, (from) => figure.milestones(from, ROWS));
    this.events.show(figure.events(), events - 1, (from) => figure.story_rows(from, ROWS));
  }
}

/** A table of which a stretch stands in the document. */
class Rows {
  readonly root = document.createElement("div");
  private readonly body = document.createElement("tbody");
  private readonly table = document.createElement("table");
  private first = 0;
  private size = 0;
  private rows: StoryRow[] = [];

  constructor(name: string, private readonly words: DeskWords, private readonly choose: (row: StoryRow) => void) {
    const head = document.createElement("thead");
    const titles = document.createElement("tr");
    for (const title of [words.time, words.whatHappens]) {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.textContent = title;
      titles.append(cell);
    }
    head.append(titles);
    this.table.createCaption().textContent = name;
    this.table.append(head, this.body);
    this.root.append(this.table);
    this.body.addEventListener("click", (event) => {
      const row = (event.target as HTMLElement).closest("tr");
      const told = this.rows[row ? [...this.body.rows].indexOf(row) : -1];
      if (told) this.choose(told);
    });
  }

  /** Arrow keys go from row to row; Enter chooses the one that is current. */
  keys(step: (by: number) => void): void {
    this.root.addEventListener("keydown", (event) => {
      const by = { ArrowUp: -1, ArrowDown: 1, PageUp: -10, PageDown: 10 }[event.key];
      const current = this.rows[[...this.body.rows].findIndex((row) => row.hasAttribute("aria-current"))];
      if (by !== undefined) for (let i = 0; i < Math.abs(by); i++) step(Math.sign(by));
      else if (event.key === "Enter" && current) this.choose(current);
      else return;
      event.preventDefault();
      event.stopPropagation();
      this.body.querySelector<HTMLElement>("[aria-current]")?.focus({ preventScroll: true });
    });
  }

  clear(): void {
    this.rows = [];
    this.size = 0;
  }

  /** Marks the row at a place of all `size`; `read` gives the rows from a place on. */
  show(size: number, current: number, read: (from: number) => StoryRow[]): void {
    const last = this.first + this.rows.length;
    const known = size === this.size && current >= this.first - 1 && current < last
      && (last === size || current < last - 20) && (this.first === 0 || current > this.first + 20);
    if (!known || this.rows.length === 0) {
      this.first = Math.max(0, Math.min(current - ROWS / 2, size - ROWS));
      this.size = size;
      this.rows = read(this.first);
      this.table.setAttribute("aria-rowcount", String(size + 1));
      this.body.replaceChildren(...this.rows.map((row, i) => this.row(row, this.first + i)));
    }
    this.mark(current - this.first);
  }

  private row(told: StoryRow, place: number): HTMLElement {
    const row = document.createElement("tr");
    row.setAttribute("aria-rowindex", String(place + 2));
    row.tabIndex = -1;
    row.insertCell().textContent = told.time;
    const text = row.insertCell();
    text.textContent = told.text;
    if (told.inferred) {
      const mark = document.createElement("em");
      mark.textContent = this.words.inferred;
      text.append(" ", mark);
      row.className = "inferred";
    }
    return row;
  }

  private mark(place: number): void {
    const before = this.body.querySelector<HTMLElement>("[aria-current]");
    const row = this.body.rows[Math.max(place, 0)];
    if (!row || (before === row && place >= 0)) return;
    before?.removeAttribute("aria-current");
    if (before) before.tabIndex = -1;
    row.tabIndex = 0;
    if (place >= 0) row.setAttribute("aria-current", "step");
    const { root } = this;
    if (row.offsetTop < root.scrollTop + 40) root.scrollTop = row.offsetTop - 60;
    else if (row.offsetTop + row.offsetHeight > root.scrollTop + root.clientHeight) {
      root.scrollTop = row.offsetTop + row.offsetHeight - root.clientHeight + 20;
    }
  }
}
