// The words of a figure in German.

import type { Words } from "./en.js";

export const de: Words = {
  picture: "Bild",
  views: {
    both: "Netz und Leiter",
    ladder: "Leiter",
    network: "Netz",
    states: "Zustände",
    inside: "Innen",
    window: "Fenster",
    graphs: "Kurven",
    story: "Ablauf",
  },
  timeLadder: "Zeitleiter",
  connection: "Verbindung",

  conversation: "Was die Leiter zeigt",
  allConversations: "Alles",
  zoomIn: "Zeit dehnen",
  zoomOut: "Zeit stauchen",

  play: "Abspielen",
  pause: "Anhalten",
  milestoneBack: "Zurück zum letzten Meilenstein",
  eventBack: "Ein Ereignis zurück",
  eventOn: "Ein Ereignis weiter",
  milestoneOn: "Weiter zum nächsten Meilenstein",
  position: "Stelle im Lauf",
  speed: "Tempo",
  loop: "Immer wieder abspielen",
  moment: (time, story) => `${time}: ${story}`,

  embed: "Diese Figur in eine Seite setzen",
  share: "Diese Figur teilen, wie sie jetzt ist",
  noLink: "Ein Link kann diesen Lauf nicht enthalten, denn er wurde aufgezeichnet: die Aufzeichnung weitergeben, eine Datei.",
  export: "Diese Figur mitnehmen",

  delay: "Laufzeit",
  jitter: "Schwankung",
  loss: "Verlust",
  reorder: "Vertauschung",
  duplicate: "Verdopplung",
  seed: "Startwert",
  dice: "Ein anderer Startwert",
  nextSeed: "Nächster Startwert",
  more: "Alle Parameter",

  fork: "Abzweigung",
  breakThings: "Etwas kaputt machen",

  language: "Sprache",
  programIn: (program, language) => `${program} in ${language}`,
  variablesOf: (program) => `Variablen von ${program}`,
  printedBy: (program) => `Ausgabe von ${program}`,
  prints: "schreibt",
  lineOf: (program, line) => `${program}, Zeile ${line}`,
  noText: "Ihre Zeilen kennt niemand: nur ihre Aufrufe wurden gesehen.",

  packet: "Paket",

  unreachable: "Was das braucht, war nicht zu laden: Es gibt keinen Weg zum Server. Noch einmal versuchen, wenn es ihn gibt.",
  broke: (why) => `Diese Figur ist zerbrochen, und das ist unser Fehler: ${why}`,
  unknownRun: "Der Server kennt diesen Lauf oder diese Seite nicht: wurde er neu gestartet?",
};
