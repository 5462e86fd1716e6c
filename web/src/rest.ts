// The parts of an engine. The first shows and plays runs that were recorded; what simulates runs, and the rest, are fetched when
// a reader turns to something that needs them, and are there before that is done. Should the engine itself find that it needs
// a part, that is loaded on the spot.

import type { Action } from "./action.js";
import { engine, start, type Engine, type Glue } from "./engine.js";
import type { SockScope } from "./figure.js";
import { recorded, type Options } from "./options.js";
import { unpack } from "./unpack.js";

/** The parts by their numbers, with what the names of their files end with. */
const PARTS = ["", "-simulate", "-rest"];
const SHOW = 0, SIMULATE = 1, REST = 2;

/** Views that need no rest, and actions that need nothing but the first part. */
const VIEWS = ["both", "ladder", "network", "story"];
const ACTIONS = ["play", "event", "milestone", "seek", "go-to", "close"];
/** Actions that simulate the run anew. */
const AGAIN = ["parameter", "undo", "redo"];
/** Attributes of runs that may have anything in them, or of which something is asked. */
const OWN = ["scenario", "trace", "live", "until"];

/** Of each engine that comes in parts, what fetches those up to one. */
const missing = new WeakMap<Engine, (last: number) => Promise<void> | undefined>();

/** Starts an engine that lies beside the site's script; so do its other parts, where it has any. */
export async function startBeside(glue: Glue, name: string, script: string): Promise<Engine> {
  const addresses = PARTS.map((part) => new URL(`${name}${part}.wasm`, script));
  const modules: (WebAssembly.Module | undefined)[] = [];
  const coming: (Promise<void> | undefined)[] = [];
  glue.onRest((first, last) => {
    try {
      for (let part = (first["rest"] as WebAssembly.Global<"i32">).value + 1; part <= last; part++) {
        modules[part] ??= new WebAssembly.Module(atOnce(addresses[part]!));
        new WebAssembly.Instance(modules[part]!, { first });
      }
    } catch (error) {
      // The engine stops in the middle of what it does: it is broken.
      throw Object.assign(new Error(String(error)), { name: "Panic" });
    }
  });
  const fetched = async (part: number) => {
    const file = await fetchPart(addresses[part]!);
    modules[part] ??= await WebAssembly.compile(file);
  };
  const first = await start(glue, await fetchPart(addresses[SHOW]!));
  if ("rest" in first) {
    missing.set(glue, (last) => {
      const absent = [SIMULATE, REST].filter((part) => part <= last && !modules[part]);
      const all = absent.map((part) => (coming[part] ??= fetched(part).finally(() => (coming[part] = undefined))));
      return all.length > 0 ? Promise.all(all).then(() => {}) : undefined;
    });
  }
  return glue;
}

/** The engine of a figure, with the parts that the run and the view may need; and the run, where that is recorded. */
export async function engineFor(scope: SockScope): Promise<[Engine, Options | undefined]> {
  const [found, run] = await Promise.all([engine(scope.kind), recorded(scope)]);
  const own = scope.overrides !== undefined || OWN.some((name) => scope.hasAttribute(name));
  const any = own || !VIEWS.includes(scope.getAttribute("view") ?? "both");
  await missing.get(found)?.(any ? REST : run ? SHOW : SIMULATE);
  return [found, run];
}

/** Fetches the parts that an action may need; nothing where there is nothing to wait for. */
export function restFor(action: Action, engine: Engine | undefined): Promise<void> | undefined {
  if (ACTIONS.includes(action.name) || (action.name === "view" && VIEWS.includes(action.view))) return undefined;
  return AGAIN.includes(action.name) ? simulator(engine) : rest(engine);
}

/** Who comes near a slider may want to simulate; near a packet, or what can be pressed and is not for playing, the rest. */
export function foresee({ target }: Event, engine: Engine | undefined): void {
  const near = (target as Element).closest("button, select, input, [data-packet]");
  if (near && !near.closest(".transport")) void parts(engine, near.closest(".knobs") ? SIMULATE : REST)?.catch(() => {});
}

/** Fetches what simulates runs; nothing where there is nothing to wait for. */
export function simulator(engine: Engine | undefined): Promise<void> | undefined {
  return parts(engine, SIMULATE);
}

/** Fetches the rest of an engine; nothing where there is nothing to wait for. */
export function rest(engine: Engine | undefined): Promise<void> | undefined {
  return parts(engine, REST);
}

/** Fetches an engine's parts up to one. */
function parts(engine: Engine | undefined, last: number): Promise<void> | undefined {
  return engine && missing.get(engine)?.(last);
}

/** Fetches a part of an engine. */
async function fetchPart(address: URL): Promise<Uint8Array<ArrayBuffer>> {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status} ${answer.statusText}`);
  return unpack(new Uint8Array(await answer.arrayBuffer()));
}

/** Loads a part of an engine while the page waits. */
function atOnce(address: URL): Uint8Array<ArrayBuffer> {
  const request = new XMLHttpRequest();
  request.open("GET", address, false);
  request.overrideMimeType("text/plain; charset=x-user-defined");
  request.send();
  if (request.status !== 200) throw new Error(`${address}: ${request.status} ${request.statusText}`);
  return unpack(Uint8Array.from(request.responseText, (octet) => octet.charCodeAt(0)));
}
