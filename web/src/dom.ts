// Elements, made in one line.

export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  ...children: (string | Node)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  made.append(...children);
  return made;
}

export function classed<K extends keyof HTMLElementTagNameMap>(
  name: K,
  kind: string,
  ...children: (string | Node)[]
): HTMLElementTagNameMap[K] {
  const made = element(name, ...children);
  made.className = kind;
  return made;
}

/** A button with a text; `label` says more where the text is too short to stand alone. */
export function button(text: string, act: () => void, label = text): HTMLButtonElement {
  const made = element("button", text);
  made.type = "button";
  made.addEventListener("click", act);
  if (label !== text) {
    made.setAttribute("aria-label", label);
    made.title = label;
  }
  return made;
}

/** A field for a short text, with its name for those who do not see what stands around it. */
export function field(value: string, label: string, done: (text: string) => void = () => {}): HTMLInputElement {
  const made = element("input");
  made.type = "text";
  made.value = value;
  made.autocomplete = "off";
  made.spellcheck = false;
  made.setAttribute("aria-label", label);
  made.addEventListener("change", () => done(made.value));
  return made;
}

/** Lists what can be drawn; what was chosen stays so, also in another view and in another run. */
export function offer(choices: string[], select: HTMLSelectElement): void {
  const chosen = select.selectedIndex;
  if (choices.length > 0) {
    select.replaceChildren(...choices.map((choice) => new Option(choice)));
    select.selectedIndex = Math.min(Math.max(chosen, 0), choices.length - 1);
  }
  select.parentElement?.toggleAttribute("hidden", choices.length < 2);
}

/** Changes a text; a screen reader tells what is said aloud. */
export function say(place: HTMLElement, text: string, aloud: boolean): void {
  if (place.textContent === text) return;
  place.setAttribute("aria-live", aloud ? "polite" : "off");
  place.textContent = text;
}
