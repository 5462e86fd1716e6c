// The words of the page of live runs.

import type { Texts } from "./index.js";

const en = {
  title: "Real sockets, live",
  lead: "Programs run here over the sockets of this machine’s operating system. Each call is drawn when it is made.",
  startPrograms: "Start programs",
  run: "Run",
  arguments: "Arguments",
  who: "Who waits for the system",
  atOnce: "Start clients at once",
  start: "Start",
  stop: "Stop",
  startOne: (program: string) => `Start ${program}`,
  stopOne: (program: string) => `Stop ${program}`,
  runs: "Runs",
  nothingYet: "Nothing runs yet.",
  keep: "Keep the trace",
  end: "End the run",
  programs: "Programs",
  together: "Programs that talk to each other",
  server: "A server alone",
  client: "A client alone",
  noAnswer: "The server does not answer: is `sockscope serve --live` still running?",
  lost: "connection lost, trying again",
  running: "running",
  ready: "not started",
  stopped: "stopped",
  finished: "finished",
  failed: (code: number) => `failed with exit code ${code}`,
  std: "std threads",
  tokio: "tokio",
};

export type LiveWords = typeof en;

const de: LiveWords = {
  title: "Echte Sockets, live",
  lead: "Hier laufen Programme über die Sockets des Betriebssystems. Jeder Aufruf wird gezeichnet, sobald er geschieht.",
  startPrograms: "Programme starten",
  run: "Programm",
  arguments: "Argumente",
  who: "Wer auf das System wartet",
  atOnce: "Clients sofort starten",
  start: "Starten",
  stop: "Anhalten",
  startOne: (program) => `${program} starten`,
  stopOne: (program) => `${program} anhalten`,
  runs: "Läufe",
  nothingYet: "Noch läuft nichts.",
  keep: "Aufzeichnung sichern",
  end: "Lauf beenden",
  programs: "Programme",
  together: "Programme, die miteinander reden",
  server: "Ein Server allein",
  client: "Ein Client allein",
  noAnswer: "Der Server antwortet nicht: läuft `sockscope serve --live` noch?",
  lost: "Verbindung verloren, neuer Versuch",
  running: "läuft",
  ready: "nicht gestartet",
  stopped: "angehalten",
  finished: "fertig",
  failed: (code) => `gescheitert mit Code ${code}`,
  std: "std-Threads",
  tokio: "tokio",
};

export const live: Texts<LiveWords> = { en, de };
