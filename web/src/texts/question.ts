// The words around a question, in every language.

import type { Texts } from "./index.js";

const en = {
  check: "Check",
  again: "Ask me again",
  choose: "Choose an answer first.",
  type: "Type an answer first.",
  right: "Right.",
  wrong: "No.",
  rightIs: (answer: string) => `Right: ${answer}.`,
  wrongIs: (answer: string) => `No: it is ${answer}.`,
  happens: "this is what happens",
  elsewhere: "In this run that does not happen. Take back what you changed, or try another seed.",
  done: "done",
};

const de: typeof en = {
  check: "Prüfen",
  again: "Frag mich noch einmal",
  choose: "Erst eine Antwort wählen.",
  type: "Erst eine Antwort eingeben.",
  right: "Richtig.",
  wrong: "Nein.",
  rightIs: (answer) => `Richtig: ${answer}.`,
  wrongIs: (answer) => `Nein: es ist ${answer}.`,
  happens: "das geschieht",
  elsewhere: "In diesem Lauf geschieht das nicht. Nimm die Änderung zurück oder nimm einen anderen Startwert.",
  done: "erledigt",
};

export const question: Texts<typeof en> = { en, de };
