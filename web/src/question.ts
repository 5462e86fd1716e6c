// <sock-question ask="port of client after client returns socket">: a figure that stops before the moment (its attribute
// `until`), and a question about what comes. The engine answers it from the run, also after the reader changed the run; the
// page knows no answer. In it stand a <sock-scope>, a <fieldset> with radio buttons or with one field to type in (whose
// data-unit is added to what is typed), and an element of the class `why`, where each [data-ask] is filled with what the
// run answers to that.

import type { SockScope } from "./figure.js";
import { mark, note } from "./progress.js";
import { languageOf } from "./texts/index.js";
import { question as texts } from "./texts/question.js";

export class SockQuestion extends HTMLElement {
  private parts: Parts | undefined;

  connectedCallback(): void {
    this.parts ??= this.build();
  }

  private get question(): string {
    return this.getAttribute("ask") ?? "";
  }
  private get answered(): boolean {
    return this.hasAttribute("answered");
  }

  /** Puts a form around what the page wrote. */
  private build(): Parts {
    const fieldset = this.querySelector("fieldset") as HTMLFieldSetElement;
    const scope = this.querySelector("sock-scope") as SockScope;
    const form = document.createElement("form");
    const button = document.createElement("button");
    const verdict = document.createElement("p");
    const words = texts[languageOf(this)];
    verdict.className = "verdict";
    verdict.setAttribute("role", "status");
    button.textContent = words.check;
    fieldset.before(form);
    form.append(fieldset, button, verdict);
    form.noValidate = true;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.answered) this.again();
      else this.check();
    });
    for (const made of ["run", "changed"]) scope.addEventListener(made, () => this.fill());
    const inputs = [...fieldset.querySelectorAll("input")];
    for (const input of inputs) input.name = `answer-${this.id}`;
    return { scope, inputs, button, verdict, words, until: scope.getAttribute("until") ?? "" };
  }

  /** What the reader says, with its unit. */
  private said({ inputs }: Parts): string {
    const input = inputs.find((input) => input.type !== "radio" || input.checked);
    const text = input?.value.trim() ?? "";
    return text && input ? text + (input.dataset["unit"] ?? "") : "";
  }

  private check(): void {
    const { parts } = this;
    if (!parts?.scope.hasAttribute("ready")) return;
    const { scope, inputs, button, verdict, words } = parts;
    const said = this.said(parts);
    try {
      if (!said) throw new Error(inputs.length > 1 ? words.choose : words.type);
      if (scope.check(this.question, said) === undefined) throw new Error(words.elsewhere);
    } catch (error) {
      verdict.textContent = error instanceof Error ? error.message : String(error);
      return;
    }
    this.setAttribute("answered", "");
    for (const input of inputs) input.disabled = true;
    button.textContent = words.again;
    scope.removeAttribute("until");
    this.fill();
    show(scope);
    scope.playTo(this.question);
    this.keep(words.done);
  }

  private keep(done: string): void {
    const lesson = document.body.dataset["lesson"];
    if (!lesson) return;
    note(lesson, this.id, document.querySelectorAll("sock-question").length);
    mark(done);
  }

  /** Says what the run answers: again whenever there is another run. */
  private fill(): void {
    const { parts } = this;
    if (!parts) return;
    const { scope, inputs, verdict, words } = parts;
    const answer = scope.ask(this.question);
    verdict.textContent = answer ? "" : words.elsewhere;
    if (!this.answered) return;
    for (const place of this.querySelectorAll<HTMLElement>(".why [data-ask]")) {
      place.textContent = scope.ask(place.dataset["ask"] ?? "")?.text ?? "…";
    }
    const right = answer !== undefined && scope.check(this.question, this.said(parts)) === true;
    this.setAttribute("answered", answer ? (right ? "right" : "wrong") : "");
    for (const input of inputs.filter((input) => input.type === "radio")) {
      const label = input.closest("label");
      const happens = scope.check(this.question, input.value) === true;
      label?.toggleAttribute("data-happens", happens);
      if (label) label.dataset["note"] = words.happens;
    }
    if (!answer) return;
    if (inputs.length > 1) verdict.textContent = right ? words.right : words.wrong;
    else verdict.textContent = (right ? words.rightIs : words.wrongIs)(answer.text);
  }

  /** Forgets the answer, and holds back again what comes. */
  private again(): void {
    if (!this.parts) return;
    const { scope, inputs, button, verdict, words, until } = this.parts;
    this.removeAttribute("answered");
    for (const input of inputs) {
      input.disabled = false;
      if (input.type === "radio") input.checked = false;
      else input.value = "";
      input.closest("label")?.removeAttribute("data-happens");
    }
    button.textContent = words.check;
    verdict.textContent = "";
    scope.setAttribute("until", until);
    scope.position = 1;
  }
}

/** A figure that plays is in sight. */
function show(scope: SockScope): void {
  const { top, bottom, height } = scope.getBoundingClientRect();
  const seen = Math.min(bottom, innerHeight) - Math.max(top, 0);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (seen < Math.min(height, innerHeight) / 2) scope.scrollIntoView({ block: "center", behavior: still ? "auto" : "smooth" });
}

/** What a question consists of. */
interface Parts {
  scope: SockScope;
  inputs: HTMLInputElement[];
  button: HTMLButtonElement;
  verdict: HTMLElement;
  words: (typeof texts)["en"];
  /** Where its figure holds back what comes. */
  until: string;
}
