// `src/unpack.ts` for Node, which reads no TypeScript.

import { build } from "esbuild";
import { fileURLToPath } from "node:url";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
await build({ entryPoints: [at("src/unpack.ts")], format: "esm", outfile: at("wasm/unpack.mjs") });
export const { unpack } = await import("./wasm/unpack.mjs");
