// The page of `sockscope serve --live`: starts and stops programs over real sockets, and shows each run while it happens.

import * as lab from "./lab.js";
import { setUp } from "./set-up.js";
import { enginesFrom } from "./engine.js";
import { startBeside } from "./rest.js";
import { engineTexts } from "./texts/engine.js";
import { languageOfPage } from "./texts/index.js";
import { live } from "./texts/live.js";

const source = () => startBeside(lab, "sockscope-lab", import.meta.url);
enginesFrom({ figure: source, lab: source });
setUp();

interface Parameter { name: string; about: string; default: string | number }
interface Program { name: string; about: string; serves: boolean; parameters: Parameter[] }
interface Scenario { name: string; title: string; about: string }
interface Catalog { scenarios: Scenario[]; programs: Program[] }
type Phase = "ready" | "running" | { ended: { code: number | null } };
interface Seat { name: string; program: string; serves: boolean }
interface State { id: number; title: string; driver: "std" | "tokio"; over: string | null; programs: [Seat, Phase][] }

const lang = languageOfPage();
const words = live[lang];
document.documentElement.lang = lang;
document.title = words.title;

const token = new URL(location.href).searchParams.get("token") ?? "";
const find = <E extends Element>(selector: string, root: ParentNode = document) => root.querySelector(selector) as E;

/** Fills in the words that a part of the page names: `data-text` is its text, `data-name` what it is called. */
function say(root: ParentNode): void {
  const word = (key: string | undefined) => words[key as "run"];
  for (const element of root.querySelectorAll<HTMLElement>("[data-text]")) {
    element.textContent = word(element.dataset["text"]);
  }
  for (const element of root.querySelectorAll<HTMLElement>("[data-name]")) {
    element.setAttribute("aria-label", word(element.dataset["name"]));
  }
}

/** An address under `live/`, with the token. */
function address(path: string): URL {
  return new URL(`live/${path}?token=${encodeURIComponent(token)}`, document.baseURI);
}

/** Asks the server; what it refuses is thrown. */
async function ask(path: string, init?: RequestInit): Promise<string> {
  const answer = await fetch(address(path), init).catch(() => {
    throw new Error(words.noAnswer);
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text || `${answer.status} ${answer.statusText}`);
  return text;
}

/** Does something; what goes wrong is told where the reader looks. */
async function attempt(trouble: HTMLElement, what: () => Promise<void>): Promise<void> {
  trouble.hidden = true;
  try {
    await what();
  } catch (error) {
    trouble.textContent = error instanceof Error ? error.message : String(error);
    trouble.hidden = false;
  }
}

/** The form that starts runs. */
class Wish {
  private readonly what = find<HTMLSelectElement>("#what");
  private readonly about = find<HTMLElement>(".about");
  private readonly parameters = find<HTMLElement>(".parameters");
  private readonly trouble = find<HTMLElement>("form .trouble");

  constructor(private readonly form: HTMLFormElement, private readonly catalog: Catalog) {
    const option = (value: string, text: string) => new Option(text, value);
    const group = (label: string, options: HTMLOptionElement[]) => {
      const group = document.createElement("optgroup");
      group.label = label;
      group.append(...options);
      return group;
    };
    const programs = (serves: boolean) => catalog.programs
      .filter((program) => program.serves === serves)
      .map((program) => option(`program:${program.name}`, program.name));
    this.what.replaceChildren(
      group(words.together, catalog.scenarios.map((it) => option(`scenario:${it.name}`, it.title))),
      group(words.server, programs(true)),
      group(words.client, programs(false)),
    );
    this.what.addEventListener("change", () => this.choose());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void attempt(this.trouble, () => this.start());
    });
    this.choose();
    find<HTMLButtonElement>("button", form).disabled = false;
  }

  private chosen(): { scenario: Scenario | undefined; program: Program | undefined } {
    const [kind, name] = this.what.value.split(":");
    const of = <T extends { name: string }>(wanted: string, list: T[]) =>
      kind === wanted ? list.find((it) => it.name === name) : undefined;
    return { scenario: of("scenario", this.catalog.scenarios), program: of("program", this.catalog.programs) };
  }

  private choose(): void {
    const { scenario, program } = this.chosen();
    this.about.textContent = scenario?.about ?? program?.about ?? "";
    this.parameters.replaceChildren(...(program?.parameters ?? []).map(field));
    this.parameters.hidden = !program;
    find<HTMLElement>(".at-once", this.form).hidden = !scenario;
  }

  private async start(): Promise<void> {
    const { scenario, program } = this.chosen();
    const fields = [...this.parameters.querySelectorAll("input")];
    const args = Object.fromEntries(fields.map((input) => [input.name, input.value]));
    const form = new FormData(this.form);
    const body = JSON.stringify({
      what: program ? { program: { program: program.name, args } } : { scenario: scenario?.name },
      driver: form.get("driver"),
      at_once: Boolean(program) || form.has("at-once"),
    });
    const text = await ask("runs", { method: "POST", headers: { "content-type": "application/json" }, body });
    show(JSON.parse(text) as State);
  }
}

/** An input for an argument. */
function field(parameter: Parameter): HTMLElement {
  const label = document.createElement("label");
  const input = document.createElement("input");
  input.name = parameter.name;
  input.value = String(parameter.default);
  input.autocomplete = "off";
  input.spellcheck = false;
  if (typeof parameter.default === "number") input.inputMode = "numeric";
  const about = document.createElement("small");
  about.textContent = parameter.about;
  label.append(parameter.name, input, about);
  return label;
}

/** A run with its programs, their buttons, and its figure. */
class RunView {
  readonly root: HTMLElement;
  private readonly seats: SeatView[];
  private readonly status: HTMLElement;
  private readonly stop: HTMLButtonElement;
  private readonly trouble: HTMLElement;
  private told = "";
  private lost = false;

  constructor(private state: State) {
    const copy = find<HTMLTemplateElement>("#run").content.cloneNode(true) as DocumentFragment;
    say(copy);
    this.root = find("article", copy);
    this.status = find(".state", this.root);
    this.stop = find(".end", this.root);
    this.trouble = find(".trouble", this.root);
    const title = find<HTMLElement>("h2", this.root);
    title.textContent = state.title;
    title.id = `run-${state.id}`;
    this.root.setAttribute("aria-labelledby", title.id);
    this.stop.addEventListener("click", () => this.act("end"));
    find<HTMLAnchorElement>(".keep", this.root).href = address(`runs/${state.id}/trace`).href;
    this.seats = state.programs.map(([seat], n) => new SeatView(seat, (what) => this.act(`programs/${n}/${what}`)));
    find(".programs", this.root).append(...this.seats.map((seat) => seat.root));

    const figure = document.createElement("sock-scope");
    figure.setAttribute("view", "ladder");
    figure.setAttribute("controls", "transport");
    figure.addEventListener("live-state", (event) => this.show((event as CustomEvent<State>).detail));
    figure.addEventListener("live-lost", (event) => {
      this.lost = (event as CustomEvent<boolean>).detail;
      this.show(this.state);
    });
    figure.setAttribute("live", address(`runs/${state.id}/events`).href);
    this.root.append(figure);
    this.show(state);
  }

  private act(what: string): void {
    void attempt(this.trouble, () => ask(`runs/${this.state.id}/${what}`, { method: "POST" }).then(() => undefined));
  }

  private show(state: State): void {
    this.state = state;
    const over = state.over !== null;
    this.root.dataset["state"] = this.lost ? "lost" : over ? "over" : "running";
    const how = this.lost ? words.lost : state.over ?? words.running;
    const text = `${words[state.driver]}: ${how}`;
    if (text !== this.told) this.status.textContent = this.told = text;
    this.stop.hidden = over;
    state.programs.forEach(([, phase], n) => this.seats[n]?.show(phase, over));
  }
}

/** A program of a run, with its button. */
class SeatView {
  readonly root = document.createElement("li");
  private readonly phase = document.createElement("span");
  private readonly button = document.createElement("button");

  constructor(private readonly seat: Seat, act: (what: "start" | "stop") => void) {
    const name = document.createElement("strong");
    name.textContent = seat.name;
    this.phase.className = "phase";
    this.button.type = "button";
    this.button.addEventListener("click", () => act(this.button.dataset["act"] as "start" | "stop"));
    const program = document.createElement("code");
    program.textContent = seat.program;
    this.root.append(name, program, this.phase, this.button);
  }

  show(phase: Phase, over: boolean): void {
    const kind = typeof phase === "string" ? phase : "ended";
    if (this.root.dataset["phase"] === kind && this.button.hidden === over) return;
    this.root.dataset["phase"] = kind;
    this.phase.textContent = typeof phase === "string" ? words[phase] : ended(phase.ended.code);
    const act = kind === "ready" ? "start" : "stop";
    this.button.dataset["act"] = act;
    this.button.textContent = words[act];
    this.button.setAttribute("aria-label", words[`${act}One`](this.seat.name));
    this.button.hidden = over || kind === "ended";
  }
}

/** 143 is what shells say of a program that was stopped. */
function ended(code: number | null): string {
  if (code === null || code === 143) return words.stopped;
  return code === 0 ? words.finished : words.failed(code);
}

/** The newest run stands first. */
function show(state: State): void {
  const runs = find<HTMLElement>(".runs");
  find(".hint", runs)?.remove();
  const view = new RunView(state);
  runs.prepend(view.root);
}

say(document);
void attempt(find("form .trouble"), async () => {
  const [{ patterns }, catalog] = await Promise.all([engineTexts[lang](), ask("catalog")]);
  // What programs and scenarios are called is told as figures tell it.
  const tell = (key: string, value: unknown) => (["title", "about"].includes(key) ? patterns[value as string] ?? value : value);
  new Wish(find("form"), JSON.parse(catalog, tell) as Catalog);
  for (const state of JSON.parse(await ask("runs")) as State[]) show(state);
});
