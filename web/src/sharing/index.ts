// The dialogs that hand a figure on: Embed, Share, Export. Loaded when one is opened.

import { button, classed, element } from "../dom.js";
import { engine } from "../engine.js";
import type { SockScope } from "../figure.js";
import { address, frame, holds, world } from "../link.js";
import { adopt } from "../sheets.js";
import { languageOf } from "../texts/index.js";
import { sharing, type SharingWords } from "../texts/sharing.js";
import { file, type Kind } from "./files.js";
import style from "./sharing.css";
import { snippets } from "./snippets.js";

export { picture } from "./files.js";

export type Dialog = "embed" | "share" | "export";
/** Tells what came of a button. */
type Said = (what: string) => void;

/** Opens a dialog over the page. */
export async function open(which: Dialog, scope: SockScope): Promise<void> {
  const words = sharing[languageOf(scope)];
  adopt(scope.tree, style);
  const status = element("p");
  status.setAttribute("role", "status");
  const said = (what: string) => { status.textContent = what; };
  const dialog = document.createElement("dialog");
  const title = element("h3", scope.words[which]);
  title.id = "dialog-title";
  dialog.setAttribute("aria-labelledby", title.id);
  const close = button("×", () => dialog.close(), words.close);
  dialog.append(element("header", title, close, status), ...(await content(which, scope, words, said)));
  dialog.addEventListener("close", () => dialog.remove());
  // Keys belong to the dialog, not to the figure below.
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  scope.tree.querySelector(".scope")?.append(dialog);
  dialog.showModal();
}

async function content(which: Dialog, scope: SockScope, words: SharingWords, said: Said): Promise<HTMLElement[]> {
  if (which === "export") return [files(scope, words, said)];
  const made = await engine(scope.kind);
  if (which === "share") return [holds(scope) ? share(await address(scope, made), words, said) : without(scope)];
  const { patch } = scope.differs ? world(scope, made) : {};
  const json = patch === undefined ? undefined : JSON.stringify(patch, null, 2);
  const ways = snippets(scope, json, holds(scope) ? await frame(scope, made) : undefined);
  const sections = ways.map(([way, texts]) => {
    const section = element("section", element("h4", words.ways[way]), element("p", words.hints[way]));
    section.append(...texts.map((text) => snippet(text, words.copyOf(words.ways[way]), words, said)));
    return section;
  });
  return holds(scope) ? sections : [element("section", element("p", words.recorded)), ...sections];
}

/** What a link cannot do. */
const without = (scope: SockScope) => element("section", element("p", scope.words.noLink));

function snippet(text: string, label: string, words: SharingWords, said: Said): HTMLElement {
  const box = element("pre", text);
  box.tabIndex = 0;
  return classed("div", "snippet", box, copier(label, words, said, text, () => getSelection()?.selectAllChildren(box)));
}

function share(address: string, words: SharingWords, said: Said): HTMLElement {
  const input = document.createElement("input");
  input.type = "text";
  input.readOnly = true;
  input.value = address;
  const copy = copier(words.copy, words, said, address, () => input.select());
  return element("section", element("label", words.link, input), element("p", words.linkHint(address.length)), copy);
}

function files(scope: SockScope, words: SharingWords, said: Said): HTMLElement {
  const buttons = (Object.keys(words.files) as Kind[]).map((kind) => button(words.files[kind], () => {
    said("");
    file(kind, scope, words).then(save, (error) => said(error instanceof Error ? error.message : String(error)));
  }));
  const box = element("section", ...buttons);
  box.className = "files";
  return box;
}

function save([name, blob]: [string, Blob]): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Copies a text; where the browser does not let it, the text is selected and the reader copies it. */
function copier(label: string, words: SharingWords, said: Said, text: string, select: () => void): HTMLElement {
  return button(words.copy, async () => {
    try {
      await navigator.clipboard.writeText(text);
      said(words.copied);
    } catch {
      select();
      said(words.selected);
    }
  }, label);
}
