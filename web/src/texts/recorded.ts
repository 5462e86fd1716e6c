// The words over runs that were recorded, and over the simulated ones beside them.

import type { Texts } from "./index.js";

const en = {
  recorded: (name: string) => `${name} over real sockets`,
  simulated: (name: string) => `${name}, simulated`,
};

export type RecordedWords = typeof en;

const de: RecordedWords = {
  recorded: (name) => `${name} über echte Sockets`,
  simulated: (name) => `${name}, simuliert`,
};

export const recorded: Texts<RecordedWords> = { en, de };
