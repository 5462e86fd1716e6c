// The words in which the engine tells of a run: a file for each language, fetched when a figure speaks it. English is in the
// engine.

import type { Language } from "./index.js";

/** What the engine says in a language. */
export interface EngineTexts {
  /** To each English pattern the same in this language. */
  patterns: Record<string, string>;
  /** Why it refuses something, in this language. */
  retell(message: string): string;
}

export const ENGLISH: EngineTexts = { patterns: {}, retell: (message) => message };

/** What the engine says in each language. */
export const engineTexts: Record<Language, () => Promise<EngineTexts>> = {
  en: async () => ENGLISH,
  de: async () => (await import("./engine.de.js")).german,
};
