// Records the examples: `node record.mjs GLUE ENGINE FOLDER` has the laboratory's engine run each, and writes its trace into the
// folder, with a list of them. A figure opens such a trace, and simulates only when something is changed. Of a long run the trace is larger than
// what simulates it, so that has none.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { Element } from "./stage.mjs";

/** Bytes of the longest trace that is kept. */
const LONGEST = 150_000;

const [glue, wasm, folder] = process.argv.slice(2);
const engine = await import(pathToFileURL(glue));
engine.initSync({ module: readFileSync(wasm) });

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const kept = [];
for (const file of readdirSync(new URL("../../tests/scenarios/", import.meta.url))) {
  const preset = file.replace(/\.json$/, "");
  const figure = new engine.Figure(...Array.from({ length: 5 }, () => new Element()), { preset });
  const trace = figure.to_jsonl();
  figure.free();
  if (trace.length > LONGEST) continue;
  kept.push(preset);
  writeFileSync(`${folder}/${preset}.jsonl`, trace);
}
writeFileSync(`${folder}/index.json`, JSON.stringify(kept));
