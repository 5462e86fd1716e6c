// How a reader has arranged a figure, beside its attributes. A link tells what is not as at first.

import type { Figure } from "./engine.js";
import type { Parts } from "./parts.js";
import { chooseLanguage, chosenLanguage } from "./programs.js";

export interface Layout {
  /** Which connection is drawn, of those that can be chosen. */
  choice: number;
  /** The only conversation in the ladder, counted from 1; 0 where all are there. */
  conversation: number;
  /** How far the ladder is stretched. */
  zoom: number;
}

/** Arranges nothing. */
const FIRST: Layout = { choice: 0, conversation: 0, zoom: 1 };
const NAMES = Object.keys(FIRST) as (keyof Layout)[];

/** What a link has of it; the language of the programs is that of all figures. */
export function layoutIn(link: URLSearchParams): Layout {
  const told = NAMES.map((name) => [name, Number(link.get(name) ?? NaN)] as const);
  chooseLanguage(link.get("code"));
  return { ...FIRST, ...Object.fromEntries(told.filter(([, value]) => value >= 0)) };
}

/** Writes it into a link. */
export function tellLayout(layout: Layout, link: URLSearchParams): void {
  for (const name of NAMES) if (layout[name] !== FIRST[name]) link.set(name, String(layout[name]));
  if (chosenLanguage() !== "python") link.set("code", chosenLanguage());
}

export function layoutOf({ choice, zoom }: Parts, figure: Figure): Layout {
  const stretched = Number(figure.zoomed().toPrecision(3));
  return { choice: Math.max(choice.selectedIndex, 0), conversation: zoom.chosen, zoom: stretched };
}

/** How a figure that takes the place of another is arranged: as that was, where it has the same conversations. */
export function carried(parts: Parts, before: Figure | undefined, after: Figure): Layout {
  return before?.conversations().join() === after.conversations().join() ? layoutOf(parts, before as Figure) : FIRST;
}

/** Has the engine draw so, and the choices tell it; whether that is another way than at first. */
export function arrange(figure: Figure, { choice, conversation, zoom }: Layout, parts?: Parts): boolean {
  if (zoom !== FIRST.zoom) figure.zoom(zoom, 0);
  if (conversation !== FIRST.conversation) figure.focus(conversation);
  parts?.zoom.choose(conversation);
  if (parts && choice !== FIRST.choice) parts.choice.selectedIndex = choice;
  return choice !== FIRST.choice || conversation !== FIRST.conversation || zoom !== FIRST.zoom;
}
