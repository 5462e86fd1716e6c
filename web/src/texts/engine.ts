// The words in which the engine tells of a run: a file for each language, fetched when a figure speaks it. English is in the
// engine.

import type { Language } from "./index.js";

/** To each English pattern the same in another language. */
export type EngineTexts = Record<string, string>;

/** What the engine says in a language. */
export const engineTexts: Record<Language, () => Promise<EngineTexts>> = {
  en: async () => ({}),
  de: async () => (await import("../../../crates/view/texts/de.json")).default,
};
