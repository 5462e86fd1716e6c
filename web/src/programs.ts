// The programs beside the picture, with the line that each of them executes or is blocked in.

import type { ProgramText, TaskLine } from "../wasm/sockscope_web.js";
import { highlight } from "./highlight.js";
import type { Words } from "./texts/index.js";

type Language = "python" | "rust";
const LABELS: Record<Language, string> = { python: "Python", rust: "Rust" };

// Readers keep their language from figure to figure.
let language: Language = "python";
const panes = new Set<Programs>();

export class Programs {
  private lines: HTMLElement[][] = [];
  private states: HTMLElement[] = [];
  private outputs: HTMLElement[] = [];
  private texts: ProgramText[] = [];
  private tasks: TaskLine[] = [];

  constructor(private readonly root: HTMLElement, private readonly words: Words) {
    panes.add(this);
  }

  /** Lays the texts out anew. */
  show(texts: ProgramText[]): void {
    this.texts = texts;
    this.lines = [];
    this.states = [];
    this.outputs = [];
    this.root.replaceChildren(...(texts.length > 0 ? [this.tabs()] : []), ...texts.map((text) => this.pane(text)));
    this.mark(this.tasks);
  }

  /** Lays the texts out anew where they are others, or in another order. */
  update(texts: ProgramText[]): void {
    const same = texts.length === this.texts.length && texts.every((text, n) => text.name === this.texts[n]?.name);
    if (!same) this.show(texts);
  }

  /** Marks the line of every task. */
  mark(tasks: TaskLine[]): void {
    this.tasks = tasks;
    for (const line of this.lines.flat()) {
      line.removeAttribute("aria-current");
      line.className = "";
      line.querySelector(".who")?.remove();
    }
    this.texts.forEach((_, pane) => {
      const here = tasks.filter((task) => task.pane === pane);
      const state = this.states[pane];
      const output = this.outputs[pane];
      if (state) state.textContent = here.length === 1 ? here[0]?.doing ?? "" : "";
      if (output) output.textContent = here.flatMap((task) => task.printed).join("\n");
      for (const task of here) this.markTask(task, here.length > 1);
    });
  }

  private markTask(task: TaskLine, named: boolean): void {
    const line = this.lines[task.pane]?.[task[language] - 1];
    if (!line || task.state === "ended") return;
    line.setAttribute("aria-current", "step");
    line.classList.add(task.state);
    if (!named) return;
    const who = line.querySelector(".who") ?? line.appendChild(document.createElement("span"));
    who.className = "who";
    who.textContent = who.textContent ? `${who.textContent}, ${task.name}` : task.name;
  }

  private tabs(): HTMLElement {
    const tabs = document.createElement("div");
    tabs.className = "tabs";
    tabs.setAttribute("role", "group");
    tabs.setAttribute("aria-label", this.words.language);
    for (const name of Object.keys(LABELS) as Language[]) {
      const tab = document.createElement("button");
      tab.type = "button";
      tab.textContent = LABELS[name];
      tab.setAttribute("aria-pressed", String(name === language));
      tab.addEventListener("click", () => choose(name));
      tabs.append(tab);
    }
    return tabs;
  }

  private pane(text: ProgramText): HTMLElement {
    const pane = document.createElement("section");
    const title = document.createElement("h3");
    const state = document.createElement("span");
    state.className = "doing";
    title.append(text.name, state);
    const list = document.createElement("ol");
    list.setAttribute("aria-label", this.words.programIn(text.name, LABELS[language]));
    const lines = text[language].trimEnd().split("\n").map((line) => {
      const item = document.createElement("li");
      item.append(highlight(line));
      return item;
    });
    list.append(...lines);
    const output = document.createElement("output");
    output.setAttribute("aria-label", this.words.printedBy(text.name));
    output.setAttribute("aria-live", "off");
    output.dataset["prints"] = this.words.prints;
    pane.append(title, list, output);
    this.outputs.push(output);
    this.lines.push(lines);
    this.states.push(state);
    return pane;
  }

  /** Shows the texts in the language that was chosen. */
  refresh(): void {
    this.show(this.texts);
  }
}

function choose(name: Language): void {
  language = name;
  for (const pane of panes) pane.refresh();
}
