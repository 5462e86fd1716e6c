// The laboratory: an example or a file, the figure with everything on, a builder, and the scenario's text. The engine holds
// the scenario; builder and text show it and hand back what is changed.

import * as engine from "../lab.js";
import { format, mistake, presets, programs } from "../../wasm/sockscope_web.js";
import { enginesFrom } from "../engine.js";
import { rest, simulator, startBeside } from "../rest.js";
import type { SockScope } from "../figure.js";
import { setUp } from "../set-up.js";
import { site } from "../site.js";
import { languageOfPage } from "../texts/index.js";
import { ENGLISH, engineTexts } from "../texts/engine.js";
import { lab } from "../texts/lab.js";
import { element } from "../dom.js";
import { Builder } from "./builder.js";
import { Editor } from "./editor.js";
import type { Scenario } from "./scenario.js";

const lang = languageOfPage();
const words = lab[lang];
document.documentElement.lang = lang;
document.title = words.title;
if (lang !== "en") document.querySelector<HTMLAnchorElement>(".lab > header a")?.setAttribute("href", `${lang}/index.html`);
for (const other of document.querySelectorAll<HTMLAnchorElement>(".languages [hreflang]")) {
  other.hidden = other.hreflang === lang;
  // What the address names after # is the run: it stays.
  other.addEventListener("click", () => { other.hash = location.hash; });
}
const find = <E extends Element>(selector: string) => document.querySelector(selector) as E;
for (const part of document.querySelectorAll<HTMLElement>("[data-text]")) part.textContent = words[part.dataset["text"] as "title"];
for (const part of document.querySelectorAll<HTMLElement>("[data-name]")) part.setAttribute("aria-label", words[part.dataset["name"] as "title"]);

const started = startBeside(engine, "sockscope-lab", import.meta.url);
const source = () => started;
enginesFrom({ figure: source, lab: source });
site.address = new URL(".", import.meta.url);
setUp();
/** The engine's words; English until others are there. */
let said = ENGLISH;
/** A sentence of the engine in this language. */
const told = (english: string) => said.patterns[english] ?? english;

const scope = find<SockScope>("sock-scope");
const about = find<HTMLElement>("#about");
const trouble = find<HTMLElement>(".lab > .trouble");
const picker = find<HTMLSelectElement>("#preset");

function fail(error: unknown): void {
  trouble.hidden = false;
  trouble.textContent = said.retell(error instanceof Error ? error.message : String(error));
}

function use(shelves: ReturnType<typeof programs>): void {
  const editor = new Editor(find("#editor"), words, (text) => apply(text));
  const builder = new Builder(find("#builder"), words, shelves, (scenario) => {
    const text = format(JSON.stringify(scenario));
    editor.show(text);
    apply(text);
  });

  /** Runs a text; where it is wrong the last run stays, and the place is marked. */
  function apply(text: string): void {
    const wrong = mistake(text);
    editor.tell(wrong && { ...wrong, message: said.retell(wrong.message) });
    if (wrong) return keep(parsed(text));
    // The run is the same, or another: what changed the text is not told of it again.
    typing = true;
    scope.act({ name: "edit", text });
    typing = false;
    keep(parsed(text));
    own();
  }

  /** The builder shows what the text has, as long as it is JSON. */
  function keep(scenario: Scenario | undefined): void {
    if (scenario) builder.show(scenario);
  }

  let typing = false;
  const save = find<HTMLAnchorElement>("#save");
  const changed = () => {
    trouble.hidden = true;
    const text = scope.run?.text();
    if (save.href) URL.revokeObjectURL(save.href);
    save.removeAttribute("href");
    find<HTMLElement>(".workshop").classList.toggle("recorded", text === undefined);
    if (text !== undefined) save.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    if (typing) return;
    editor.show(text ?? "");
    editor.tell(undefined);
    editor.lock(text === undefined ? words.recorded : undefined);
    builder.show(text === undefined ? undefined : parsed(text));
  };
  for (const made of ["run", "changed"]) scope.addEventListener(made, changed);
  find("#format").addEventListener("click", () => editor.retype(format(editor.text)));
  if (scope.run) changed();
}

function parsed(text: string): Scenario | undefined {
  try {
    const scenario = JSON.parse(text);
    return Array.isArray(scenario?.hosts) ? scenario : undefined;
  } catch {
    return undefined;
  }
}

/** The run is none of the examples any more. */
function own(): void {
  if (picker.selectedOptions[0]?.value === "") return;
  const mine = [...picker.options].find(({ value }) => value === "") ?? new Option(words.own, "");
  picker.prepend(mine);
  picker.selectedIndex = 0;
  about.textContent = "";
}

async function open(file: File): Promise<void> {
  try {
    const remarks = scope.open(file.name, new Uint8Array(await file.arrayBuffer()));
    trouble.hidden = true;
    own();
    about.textContent = [words.opened(file.name), ...remarks.map((remark) => `${said.retell(remark)}.`)].join(" ");
  } catch (error) {
    fail(error);
  }
}

function shelve(all: ReturnType<typeof presets>): void {
  for (const [group, members] of Map.groupBy(all, ({ group }) => group)) {
    const shelf = element("optgroup");
    shelf.label = words.groups[group as keyof typeof words.groups];
    shelf.append(...members.map(({ name, title }) => new Option(told(title), name)));
    picker.append(shelf);
  }
  const choose = () => {
    const chosen = all.find(({ name }) => name === picker.value);
    if (!chosen) return;
    about.textContent = told(chosen.description);
    [...picker.options].find(({ value }) => value === "")?.remove();
    if (scope.getAttribute("preset") !== chosen.name || scope.run) scope.setAttribute("preset", chosen.name);
    location.hash = chosen.name;
  };
  // The address names an example, or is a link that the figure follows.
  const hash = location.hash.slice(1);
  const link = new URLSearchParams(hash);
  const named = all.find(({ name }) => name === (link.get("preset") ?? hash))?.name ?? "tcp-upper";
  picker.value = named;
  about.textContent = told(all.find(({ name }) => name === named)?.description ?? "");
  if (link.has("patch")) own();
  else if (!link.has("figure") && named !== scope.getAttribute("preset")) scope.setAttribute("preset", named);
  picker.addEventListener("change", choose);
}

function files(): void {
  const file = find<HTMLInputElement>("#file");
  find("#open").addEventListener("click", () => file.click());
  file.addEventListener("change", () => {
    const [chosen] = file.files ?? [];
    if (chosen) void open(chosen);
    file.value = "";
  });
  const dropping = find<HTMLElement>(".dropping");
  addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    dropping.hidden = false;
  });
  addEventListener("dragleave", (event) => { if (!event.relatedTarget) dropping.hidden = true; });
  addEventListener("drop", (event) => {
    dropping.hidden = true;
    const [chosen] = event.dataTransfer?.files ?? [];
    if (!chosen) return;
    event.preventDefault();
    void open(chosen);
  });
}

// Whoever turns to what stands around the figure will soon want all of the engine.
for (const touch of ["pointerdown", "focusin"]) {
  document.addEventListener(touch, ({ target }) => { if (target !== scope) void rest(engine)?.catch(() => {}); });
}

// Examples and the library of programs are read by what simulates them.
Promise.all([engineTexts[lang](), started.then(simulator)]).then(([texts]) => {
  said = texts;
  shelve(presets());
  use(programs().map((shelf) => ({ ...shelf, about: told(shelf.about) })));
  files();
  document.documentElement.setAttribute("ready", "");
}).catch(fail);
