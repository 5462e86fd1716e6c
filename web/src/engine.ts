// The engine behind the figures: one wasm module for the whole page.

import init, { Figure, style } from "../wasm/sockscope_web.js";
import type { InitInput } from "../wasm/sockscope_web.js";

export { Figure };

let started: Promise<unknown> | undefined;

/** Says where the engine is; it is fetched when the first figure comes into view. */
let source: () => InitInput = () => {
  throw new Error("no engine was named");
};

export function engineFrom(where: () => InitInput): void {
  source = where;
}

/** Resolves when figures can be made. */
export function engine(): Promise<unknown> {
  started ??= init({ module_or_path: source() });
  return started;
}

/** The style sheet of the pictures. */
export function sceneStyle(): string {
  return style();
}
