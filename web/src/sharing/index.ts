// The dialogs that hand a figure on: Embed, Share, Export. Loaded when one is opened.

import { button, element } from "../dom.js";
import { engine } from "../engine.js";
import type { SockScope } from "../figure.js";
import { fragment, world } from "../link.js";
import { adopt } from "../sheets.js";
import { figure, languageOf } from "../texts/index.js";
import { sharing, type SharingWords } from "../texts/sharing.js";
import { file, type Kind } from "./files.js";
import style from "./sharing.css";
import { snippets } from "./snippets.js";

export { picture } from "./files.js";

export type Dialog = "embed" | "share" | "export";

/** Opens a dialog over the page. */
export async function open(which: Dialog, scope: SockScope): Promise<void> {
  const words = sharing[languageOf(scope)];
  adopt(scope.tree, style);
  const trouble = element("p");
  trouble.setAttribute("role", "alert");
  const dialog = document.createElement("dialog");
  const title = element("h3", figure[languageOf(scope)][which]);
  title.id = "dialog-title";
  dialog.setAttribute("aria-labelledby", title.id);
  const close = button("×", () => dialog.close(), words.close);
  dialog.append(element("header", title, close), ...(await content(which, scope, words, trouble)), trouble);
  dialog.addEventListener("close", () => dialog.remove());
  // Keys belong to the dialog, not to the figure below.
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  scope.tree.querySelector(".scope")?.append(dialog);
  dialog.showModal();
}

async function content(which: Dialog, scope: SockScope, words: SharingWords, trouble: HTMLElement): Promise<HTMLElement[]> {
  if (which === "export") return [files(scope, words, trouble)];
  const address = new URL(await fragment(scope, await engine(scope.kind)), location.href).href;
  if (which === "share") return [share(address, words)];
  const { patch } = scope.differs ? world(scope, await engine(scope.kind)) : {};
  return snippets(scope, patch === undefined ? undefined : JSON.stringify(patch, null, 2), address).map(([way, text]) => {
    const box = element("pre", text);
    box.tabIndex = 0;
    const copy = copier(words.copyOf(words.ways[way]), words, () => text);
    return element("section", element("h4", words.ways[way], copy), element("p", words.hints[way]), box);
  });
}

function share(address: string, words: SharingWords): HTMLElement {
  const input = document.createElement("input");
  input.type = "text";
  input.readOnly = true;
  input.value = address;
  const copy = copier(words.copy, words, () => address);
  return element("section", element("label", words.link, input), element("p", words.linkHint(address.length)), copy);
}

function files(scope: SockScope, words: SharingWords, trouble: HTMLElement): HTMLElement {
  const buttons = (Object.keys(words.files) as Kind[]).map((kind) => button(words.files[kind], () => {
    trouble.textContent = "";
    file(kind, scope, words).then(save, (error) => (trouble.textContent = error instanceof Error ? error.message : String(error)));
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

function copier(label: string, words: SharingWords, text: () => string): HTMLElement {
  const copy = button(words.copy, () => {
    void navigator.clipboard.writeText(text()).then(() => (copy.textContent = words.copied));
  }, label);
  return copy;
}
