// All words of the page, as data: one object for each language, with the same keys. A sentence that holds something is a
// function. What is not in a plain figure (the live page, the desk, dialogs, the laboratory) keeps its words in a file of its own here, as
// `Texts`, so that a figure stays small.

import { en, type Words } from "./en.js";

export type { Words };
export type Language = "en" | "de";
/** The same words in every language. */
export type Texts<W> = Record<Language, W>;

/** The words of a figure; in another language than English a file of their own, English where that cannot be fetched. */
export const figure: Texts<() => Promise<Words>> = {
  en: async () => en,
  de: () => import("./de.js").then(({ de }) => de, () => en),
};

/** The language that is named: English where there are no words in it. */
export function language(name: string): Language {
  return name.toLowerCase().startsWith("de") ? "de" : "en";
}

/** The language of a page that has its words from its script: `?lang` names it, else it is that of the browser. */
export function languageOfPage(): Language {
  return language(new URLSearchParams(location.search).get("lang") ?? navigator.language);
}

/** The language of an element: its attribute `lang`, or that of the nearest element around it. */
export function languageOf(element: Element): Language {
  const named = element.closest("[lang]");
  if (named) return language(named.getAttribute("lang") ?? "");
  const root = element.getRootNode();
  return root instanceof ShadowRoot ? languageOf(root.host) : "en";
}
