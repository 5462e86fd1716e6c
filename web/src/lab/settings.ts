// Every parameter of every link and host, by typing. Values are written as in scenario files, but for the words in them.

import type { Setting } from "../../wasm/sockscope_web.js";
import { classed, element, field } from "../dom.js";
import type { SockScope } from "../figure.js";
import type { ForkWords } from "../texts/fork.js";

export class Settings {
  private shown = "";

  constructor(private readonly root: HTMLDetailsElement, private readonly scope: SockScope, private readonly words: ForkWords) {}

  /** Shows the values of the run; nothing where it was recorded. While it is shut it costs nothing. */
  show(settings: () => Setting[]): void {
    if (!this.root.open) return;
    const all = settings();
    const places = all.map(({ place, of }) => place + of).join();
    if (places !== this.shown) {
      this.shown = places;
      this.lay(all);
    }
    for (const { place, value } of all) {
      const control = this.root.querySelector<HTMLInputElement | HTMLSelectElement>(`[data-place="${place}"]`);
      if (control && control !== (this.root.getRootNode() as ShadowRoot).activeElement) control.value = this.told(value);
    }
  }

  private lay(all: Setting[]): void {
    const groups = Map.groupBy(all, ({ of, place }) => `${place.split("]")[0]} ${of}`);
    const sets = [...groups.values()].map((group) => {
      const controls = group.map((setting) => this.control(setting));
      return element("fieldset", element("legend", group[0]?.of ?? ""), classed("div", "row", ...controls));
    });
    const [summary] = this.root.children;
    this.root.replaceChildren(...(summary ? [summary] : []), classed("div", "sets", ...sets));
  }

  private control(setting: Setting): HTMLElement {
    const { place, of, name, value } = setting;
    const word = this.words.settings[name as keyof ForkWords["settings"]];
    const turn = (text: string) => this.scope.act({ name: "parameter", knob: place, value: this.meant(text) });
    const made = setting.choices.length > 0 ? this.choice(setting, turn) : field(this.told(value), `${of}: ${word}`, turn);
    if (made instanceof HTMLInputElement) {
      const { asProfile, given, unlimited } = this.words;
      made.placeholder = this.told(setting.default) || ({ rate: unlimited, addresses: given }[name] ?? asProfile);
    }
    made.dataset["place"] = place;
    return element("label", element("span", word), made);
  }

  /** A value as the reader reads it, such as "20 packets", and as scenario files have it. */
  private told(value: string): string {
    return value.replace("packets", this.words.packets);
  }
  private meant(text: string): string {
    return text.replace(this.words.packets, "packets");
  }

  private choice({ of, name, choices, value }: Setting, turn: (text: string) => void): HTMLSelectElement {
    const select = element("select");
    const word = this.words.settings[name as keyof ForkWords["settings"]];
    select.setAttribute("aria-label", `${of}: ${word}`);
    if (!["profile", "privileged"].includes(name)) select.append(new Option(this.words.asProfile, ""));
    select.append(...choices.map((choice) => new Option(this.words.choices[choice] ?? choice, choice)));
    select.value = value;
    select.addEventListener("change", () => turn(select.value));
    return select;
  }
}
