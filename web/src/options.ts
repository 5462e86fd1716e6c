// What an engine makes a run of, out of the attributes of a figure and the JSON in it.

import { RUN } from "./attributes.js";
import type { Engine } from "./engine.js";
import type { SockScope } from "./figure.js";
import { merge, type Json } from "./merge.js";
import { site } from "./site.js";
import type { EngineTexts } from "./texts/engine.js";

/** What an engine makes a run of. */
export interface Options {
  preset?: string | undefined;
  scenario?: string | undefined;
  trace?: string;
  /** The scenario that stands beside the run as its original. */
  original?: string | undefined;
  parameters?: Record<string, string | undefined>;
  /** The language of the engine. */
  texts?: EngineTexts["patterns"];
}

/** What a link has in the place of the page's own JSON. */
export interface Linked {
  json: string;
  /** What the original beside the run has otherwise than the run. */
  original?: string | undefined;
}

/** A run, and a place in it. */
export interface Kept {
  options: Options;
  place: string;
}

/** What makes the run of a figure, and where the reader is in it. */
export function kept({ engineTexts, original, run, scenario, place }: SockScope): Kept {
  const what = run?.parameters() === undefined ? { trace: new TextDecoder().decode(run?.to_jsonl()) } : { scenario };
  return { options: { ...what, original, texts: engineTexts.patterns }, place };
}

/** Recorded runs that were fetched. */
const recordings = new Map<string, Promise<string>>();

/** The recorded run of an example about which a figure changes nothing; nothing where there is none, or where it cannot be had. */
export async function recorded(scope: SockScope): Promise<Options | undefined> {
  const { address, runs } = site;
  const [preset = "", ...others] = RUN.filter((name) => scope.hasAttribute(name)).map((name) => scope.getAttribute(name) ?? "");
  if (!runs?.includes(preset) || others.length > 0 || scope.overrides !== undefined) return undefined;
  const fetched = recordings.get(preset) ?? text(new URL(`runs/${preset}.jsonl`, address));
  recordings.set(preset, fetched);
  try {
    return { trace: await fetched };
  } catch {
    recordings.delete(preset);
    return undefined;
  }
}

/** What the attributes of a figure name; `own` is the JSON in it, `beside` what the original has otherwise. */
export async function optionsOf(scope: Element, own: string | undefined, engine: Engine | undefined, beside?: string): Promise<Options> {
  const { preset, scenario, trace, live: _, ...parameters } = Object.fromEntries(
    RUN.map((name) => [name, scope.getAttribute(name) ?? undefined]),
  );
  if (trace === undefined) {
    const base = scenario ?? (own === undefined || preset === undefined ? undefined : engine?.preset(preset));
    const whole = merged(base, own) ?? scenario;
    return { preset, scenario: whole, original: beside && merged(whole, beside), parameters };
  }
  return { trace: await text(new URL(trace, document.baseURI), trace), parameters };
}

/** Fetches a text; `name` is what messages call it. */
async function text(address: URL, name = String(address)): Promise<string> {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${name}: ${answer.status} ${answer.statusText}`);
  return answer.text();
}

/** A scenario with JSON put in; JSON alone is the scenario. */
function merged(base: string | undefined, own: string | undefined): string | undefined {
  if (own === undefined || base === undefined) return own;
  try {
    return JSON.stringify(merge(JSON.parse(base) as Json, JSON.parse(own) as Json));
  } catch {
    // It is no JSON; the engine says where.
    return own;
  }
}
