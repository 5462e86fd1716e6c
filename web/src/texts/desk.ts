// The words of the story as a table, and of the cards of packets.

import type { Texts } from "./index.js";

const en = {
  milestones: "Milestones",
  allEvents: "Every event",
  time: "Time",
  whatHappens: "What happens",
  inferred: "(inferred)",

  closePacket: "Close the packet",
  bytes: "Bytes",
  ledBy: "Why it was sent",
  causes: { line: "Line", call: "Call", trigger: "Trigger", sent: "Packet", rule: "Rule", original: "Repeats" },
  blocks: "Control blocks",
  sends: (host: string) => `${host} sends`,
  takes: (host: string) => `${host} takes`,
  connectionTold: "What the system told last of its connection",
  became: "What became of it",
  ledTo: "What it led to",
};

export type DeskWords = typeof en;

const de: DeskWords = {
  milestones: "Meilensteine",
  allEvents: "Jedes Ereignis",
  time: "Zeit",
  whatHappens: "Was geschieht",
  inferred: "(erschlossen)",

  closePacket: "Paket schließen",
  bytes: "Bytes",
  ledBy: "Warum es gesendet wurde",
  causes: { line: "Zeile", call: "Aufruf", trigger: "Auslöser", sent: "Paket", rule: "Regel", original: "Wiederholt" },
  blocks: "Kontrollblöcke",
  sends: (host) => `${host} sendet`,
  takes: (host) => `${host} nimmt`,
  connectionTold: "Was das System zuletzt über seine Verbindung sagte",
  became: "Was daraus wurde",
  ledTo: "Wozu es führte",
};

export const desk: Texts<DeskWords> = { en, de };
