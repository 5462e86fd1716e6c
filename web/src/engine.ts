// The engines behind the figures. Each is one wasm module for the whole page, fetched when the first figure that needs it
// comes into view. One that broke is started anew.

import type { InitInput, InitOutput } from "../wasm/sockscope_web.js";

type Whole = typeof import("../wasm/sockscope_web.js");
/** What figures are made with. Methods that only the laboratory's engine has are called where a figure is sure to have it. */
export type Engine = Pick<Whole, "Figure" | "preset" | "style" | "heap">;
/** The script that wasm-bindgen writes beside an engine. */
export type Glue = Engine & Pick<Whole, "default" | "__wbg_reset_state" | "onRest">;
export type Figure = InstanceType<Engine["Figure"]>;

/** `figure` has presets and their parameters; `lab` has everything, and is larger. */
export type Kind = "figure" | "lab";
type Source = () => Promise<Engine>;

let sources: Record<Kind, Source> | undefined;
const started = new Map<Source, Promise<Engine>>();

/** Says where the engines are. */
export function enginesFrom(where: Record<Kind, Source>): void {
  sources = where;
}

/** Resolves when figures can be made. */
export function engine(kind: Kind): Promise<Engine> {
  const source = sources?.[kind];
  if (!source) throw new Error("no engine was named");
  const engine = started.get(source) ?? source();
  started.set(source, engine);
  // What could not be fetched is tried again when it is asked for again.
  engine.catch(() => started.delete(source));
  return engine;
}

/** Starts an engine, whose script knows it from now on. What it exports. */
export async function start(glue: Glue, wasm: InitInput): Promise<InitOutput> {
  return glue.default({ module_or_path: wasm });
}

/** Whether an error means that the engine itself is broken: a panic, or what the machine below it refuses. */
export function isBreakage(error: unknown): boolean {
  return error instanceof WebAssembly.RuntimeError || error instanceof RangeError
    || (error instanceof Error && error.name === "Panic");
}

/** Whether an error means that a file could not be fetched; browsers have nothing but words of their own for it. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof TypeError && /fetch|import|load/i.test(error.message);
}

/** Gives an engine that broke a fresh memory. All figures that were made with it are gone. */
export function restart(engine: Engine): void {
  (engine as Glue)["__wbg_reset_state"]();
}
