// The rest of an engine: whatever shows and plays no run. It is fetched when a reader turns to something else, and is there
// before that is done; should the engine itself find that it needs it, it is loaded on the spot.

import type { Action } from "./action.js";
import { engine, start, type Engine, type Glue } from "./engine.js";
import type { SockScope } from "./figure.js";
import { unpack } from "./unpack.js";

/** Views that an engine shows without its rest, and actions for which it needs none of it. */
const VIEWS = ["both", "ladder", "network", "story"];
const ACTIONS = ["play", "event", "milestone", "seek", "go-to", "close", "parameter"];
/** Attributes of runs that may have anything in them. */
const OWN = ["scenario", "trace", "live"];

/** Of each engine that came without its rest, what fetches that. */
const missing = new WeakMap<Engine, () => Promise<void>>();

/** Starts an engine that lies beside the site's script; so does its rest, where it has one. */
export async function startBeside(glue: Glue, name: string, script: string): Promise<Engine> {
  const address = new URL(`${name}-rest.wasm`, script);
  let module: WebAssembly.Module | undefined;
  let coming: Promise<void> | undefined;
  glue.onRest((first) => {
    try {
      module ??= new WebAssembly.Module(atOnce(address));
      new WebAssembly.Instance(module, { first });
      missing.delete(glue);
    } catch (error) {
      // The engine stops in the middle of what it does: it is broken.
      throw Object.assign(new Error(String(error)), { name: "Panic" });
    }
  });
  const fetched = async () => {
    const file = await part(address);
    module ??= await WebAssembly.compile(file);
    missing.delete(glue);
  };
  const first = await start(glue, await part(new URL(`${name}.wasm`, script)));
  if ("rest" in first) missing.set(glue, () => (coming ??= fetched().finally(() => (coming = undefined))));
  return glue;
}

/** The engine of a figure, with its rest where the run or the view may need it. */
export async function engineFor(scope: SockScope): Promise<Engine> {
  const found = await engine(scope.kind);
  const first = VIEWS.includes(scope.getAttribute("view") ?? "both") && scope.overrides === undefined;
  if (!first || OWN.some((name) => scope.hasAttribute(name))) await rest(found);
  return found;
}

/** Fetches the rest where an action may need it; nothing where there is nothing to wait for. */
export function restFor(action: Action, engine: Engine | undefined): Promise<void> | undefined {
  const first = ACTIONS.includes(action.name) || (action.name === "view" && VIEWS.includes(action.view));
  return first ? undefined : rest(engine);
}

/** Who comes near a packet, or what can be pressed and is not for playing, may want the rest. */
export function foresee({ target }: Event, engine: Engine | undefined): void {
  const near = (target as Element).closest("button, select, [data-packet]");
  if (near && !near.closest(".transport")) void rest(engine)?.catch(() => {});
}

/** Fetches the rest of an engine; nothing where there is nothing to wait for. */
export function rest(engine: Engine | undefined): Promise<void> | undefined {
  return engine && missing.get(engine)?.();
}

/** Fetches a part of an engine. */
async function part(address: URL): Promise<Uint8Array<ArrayBuffer>> {
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
