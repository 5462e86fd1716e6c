// The programs beside the picture, with the line that each of them executes or is blocked in.

import type { ProgramText, TaskLine } from "../wasm/sockscope_web.js";
import { button } from "./dom.js";
import { highlight } from "./highlight.js";
import type { Words } from "./texts/index.js";

export type Language = "python" | "rust";
const LABELS: Record<Language, string> = { python: "Python", rust: "Rust" };

// Readers keep their language from figure to figure.
let language: Language = "python";
const panes = new Set<Programs>();

export class Programs {
  private panes: Pane[] = [];
  private texts: ProgramText[] = [];
  private tasks: TaskLine[] = [];

  constructor(private readonly root: HTMLElement, private readonly words: Words) {
    panes.add(this);
  }

  /** Lays the texts out anew. */
  show(texts: ProgramText[]): void {
    this.texts = texts;
    this.panes = texts.map((text) => new Pane(text, this.words));
    this.root.replaceChildren(...(texts.some(hasLines) ? [this.tabs()] : []), ...this.panes.map((pane) => pane.root));
    this.mark(this.tasks);
  }

  /** Lays the texts out anew where they are others, or in another order. */
  update(texts: ProgramText[]): void {
    const same = texts.length === this.texts.length && texts.every((text, n) => text.name === this.texts[n]?.name);
    if (!same) this.show(texts);
  }

  /** Marks the line of every task, and tells its variables. */
  mark(tasks: TaskLine[]): void {
    this.tasks = tasks;
    this.panes.forEach((pane, n) => pane.show(tasks.filter((task) => task.pane === n)));
  }

  /** The line of a call, as it stands in a program: a click shows it there. Nothing where nobody knows it. */
  line(pane: number, lines: Record<Language, number>): HTMLElement | undefined {
    const [text, number] = [this.texts[pane], lines[language]];
    const code = text?.[language].split("\n")[number - 1];
    if (!text || code === undefined) return undefined;
    const made = button("", () => this.panes[pane]?.point(lines[language]));
    made.className = "step";
    made.append(`${this.words.lineOf(text.name, number)}: `, highlight(code.trim(), language));
    return made;
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
      tab.addEventListener("click", () => chooseLanguage(name));
      tabs.append(tab);
    }
    return tabs;
  }

  /** Shows the texts in the language that was chosen. */
  refresh(): void {
    this.show(this.texts);
  }
}

/** Whether the trace has the text of a program: of one that was watched it has none. */
function hasLines(text: ProgramText): boolean {
  return text[language] !== "";
}

/** One text, with everything that moves in it. What did not change is not touched. */
class Pane {
  readonly root = document.createElement("section");
  private readonly state = document.createElement("span");
  private readonly variables = document.createElement("dl");
  private readonly output = document.createElement("output");
  private readonly lines: HTMLElement[];
  /** What is shown, so that a frame in which nothing changes costs nothing. */
  private shown = ["", ""];

  constructor(text: ProgramText, words: Words) {
    const title = document.createElement("h3");
    this.state.className = "doing";
    title.append(text.name, this.state);
    const list = document.createElement("ol");
    list.setAttribute("aria-label", words.programIn(text.name, LABELS[language]));
    this.lines = text[language].trimEnd().split("\n").map((line) => {
      const item = document.createElement("li");
      item.append(highlight(line, language));
      return item;
    });
    list.append(...this.lines);
    const unknown = document.createElement("p");
    unknown.className = "unknown";
    unknown.textContent = words.noText;
    this.variables.setAttribute("aria-label", words.variablesOf(text.name));
    this.output.setAttribute("aria-label", words.printedBy(text.name));
    this.output.setAttribute("aria-live", "off");
    this.output.dataset["prints"] = words.prints;
    this.root.append(title, hasLines(text) ? list : unknown, this.variables, this.output);
  }

  show(tasks: TaskLine[]): void {
    set(this.state, tasks.length === 1 ? tasks[0]?.doing ?? "" : "");
    set(this.output, tasks.flatMap((task) => task.printed).join("\n"));
    const places = tasks.map((task) => [task.name, task.state, task[language]]).join();
    const values = JSON.stringify(tasks.map((task) => [task.name, task.variables]));
    const [placesBefore, valuesBefore] = this.shown;
    this.shown = [places, values];
    if (places !== placesBefore) this.mark(tasks);
    if (values !== valuesBefore) this.variables.replaceChildren(...tasks.flatMap((task) => hold(task, tasks.length > 1)));
  }

  private mark(tasks: TaskLine[]): void {
    for (const line of this.lines) {
      if (!line.hasAttribute("aria-current")) continue;
      line.removeAttribute("aria-current");
      line.className = "";
      line.querySelector(".who")?.remove();
    }
    for (const task of tasks) {
      const line = this.lines[task[language] - 1];
      if (!line || task.state === "ended") continue;
      line.setAttribute("aria-current", "step");
      line.classList.add(task.state);
      if (tasks.length < 2) continue;
      const who = line.querySelector(".who") ?? line.appendChild(document.createElement("span"));
      who.className = "who";
      who.textContent = who.textContent ? `${who.textContent}, ${task.name}` : task.name;
    }
  }

  /** Lights a line, and brings it into sight. */
  point(number: number): void {
    const line = this.lines[number - 1];
    if (!line) return;
    line.classList.remove("pointed");
    // Once more from the begin, also where it is still alight.
    void line.offsetWidth;
    line.classList.add("pointed");
    line.addEventListener("animationend", () => line.classList.remove("pointed"), { once: true });
    line.scrollIntoView({ block: "nearest" });
  }
}

/** The variables of a task: name and value, the newest lit. */
function hold(task: TaskLine, named: boolean): HTMLElement[] {
  const who = document.createElement("dt");
  who.className = "task";
  who.textContent = task.name;
  const pairs = task.variables.flatMap(({ name, value, new: lit }) => {
    const [term, held] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = name;
    held.textContent = value;
    held.classList.toggle("new", lit);
    return [term, held];
  });
  return named && pairs.length > 0 && task.state !== "ended" ? [who, ...pairs] : named ? [] : pairs;
}

function set(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** The language in which programs are shown. */
export function chosenLanguage(): string {
  return language;
}

/** Shows the programs of all figures in a language, where there is such a one. */
export function chooseLanguage(name: string | null): void {
  if (name === null || !(name in LABELS) || name === language) return;
  language = name as Language;
  for (const pane of panes) pane.refresh();
}
