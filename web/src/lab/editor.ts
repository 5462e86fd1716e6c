// The text of a scenario: a plain text area, with the line that is wrong marked behind it. A library would bring colours and
// completion, and be larger than the engine; what counts here is the place of a mistake and what the engine says of it.

import type { Mistake } from "../../wasm/sockscope_web.js";
import { button, classed, element } from "../dom.js";
import type { LabWords } from "../texts/lab.js";

/** So long after the last key the text is tried. */
const PAUSE = 350;

export class Editor {
  private readonly area = element("textarea");
  private readonly lines = element("pre");
  private readonly verdict = classed("p", "verdict");
  private timer = 0;
  private mistake: Mistake | undefined;

  constructor(root: HTMLElement, private readonly words: LabWords, private readonly changed: (text: string) => void) {
    const { area, lines, verdict } = this;
    area.spellcheck = false;
    area.autocapitalize = "off";
    area.wrap = "off";
    area.setAttribute("aria-label", words.scenario);
    lines.setAttribute("aria-hidden", "true");
    verdict.setAttribute("role", "status");
    verdict.id = "verdict";
    area.setAttribute("aria-describedby", verdict.id);
    area.addEventListener("input", () => {
      this.mark();
      clearTimeout(this.timer);
      this.timer = window.setTimeout(() => changed(area.value), PAUSE);
    });
    area.addEventListener("scroll", () => this.scroll());
    root.append(classed("div", "text", lines, area), verdict);
  }

  get text(): string {
    return this.area.value;
  }

  /** Shows a text that came from elsewhere; who types is not disturbed. */
  show(text: string): void {
    if (this.area.value === text) return;
    this.area.value = text;
    this.mark();
  }

  /** Changes the text as if it had been typed, so that the keys of the text area undo it. */
  retype(text: string): void {
    if (text === this.area.value) return;
    this.area.focus();
    this.area.select();
    // Nothing else that browsers have keeps what the text area can undo.
    if (!document.execCommand("insertText", false, text)) this.area.value = text;
    this.area.setSelectionRange(0, 0);
    this.changed(this.area.value);
  }

  /** Whether nobody may type, since there is no scenario. */
  lock(why: string | undefined): void {
    this.area.disabled = why !== undefined;
    if (why !== undefined) this.verdict.replaceChildren(why);
  }

  tell(mistake: Mistake | undefined): void {
    this.mistake = mistake;
    this.area.setAttribute("aria-invalid", String(mistake !== undefined));
    this.verdict.classList.toggle("wrong", mistake !== undefined);
    const { line, column, message } = mistake ?? { line: 0, column: 0, message: "" };
    this.verdict.replaceChildren(
      ...(mistake ? [button(this.words.place(line, column), () => this.go(line, column)), message] : [this.words.fine]),
    );
    this.mark();
  }

  private go(line: number, column: number): void {
    const before = this.area.value.split("\n").slice(0, line - 1);
    const at = before.reduce((sum, text) => sum + text.length + 1, 0) + column - 1;
    this.area.focus();
    this.area.setSelectionRange(at, at + 1);
    this.area.scrollTop = Math.max(0, (line - 5) * (this.area.scrollHeight / Math.max(1, this.area.value.split("\n").length)));
  }

  /** The numbers of the lines, and the one that is wrong. */
  private mark(): void {
    const count = this.area.value.split("\n").length;
    this.lines.replaceChildren(...Array.from({ length: count }, (_, n) =>
      classed("span", this.mistake?.line === n + 1 ? "wrong" : "")));
    this.scroll();
  }

  private scroll(): void {
    this.lines.scrollTop = this.area.scrollTop;
  }
}
