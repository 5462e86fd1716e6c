// Every scenario gives the same trace natively and as wasm, to the last bit.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Element } from "../../web/rehearsal/stage.mjs";
import { unpack } from "../../web/unpack.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const ENGINE = `${ROOT}web/wasm/sockscope_web`;

/** The engine as a whole and, but in a build for work on the page, in its parts. */
const whole = await import(`${ENGINE}.js`);
whole.initSync({ module: readFileSync(`${ENGINE}_bg.wasm`) });
const engines = { whole };
if (existsSync(`${ENGINE}_show.wasm`)) {
  const split = await import(`${ENGINE}.js?split`);
  const part = (name) => unpack(readFileSync(`${ENGINE}_${name}.wasm`));
  split.onRest((first, last) => {
    const others = ["simulate", "rest"].slice(first.rest.value, last);
    for (const name of others) new WebAssembly.Instance(new WebAssembly.Module(part(name)), { first });
  });
  split.initSync({ module: part("show") });
  engines["in parts"] = split;
}
const runs = `${ROOT}web/wasm/runs`;

/** The fingerprint of a figure's run. */
function shown(engine, options) {
  const figure = new engine.Figure(...Array.from({ length: 5 }, () => new Element()), options);
  const fingerprint = figure.fingerprint();
  figure.free();
  return fingerprint;
}

test("the recorded runs are those of the list", () => {
  const kept = JSON.parse(readFileSync(`${runs}/index.json`, "utf8"));
  assert.ok(kept.includes("tcp-upper") && kept.includes("udp-upper"));
  assert.deepEqual(readdirSync(runs).filter((name) => name.endsWith(".jsonl")), kept.map((name) => `${name}.jsonl`));
});

for (const file of readdirSync(`${ROOT}tests/scenarios`).filter((name) => name.endsWith(".json"))) {
  test(file, () => {
    const path = `tests/scenarios/${file}`;
    const command = ["run", "--quiet", "--package", "sockscope", "--", "sim", path, "--hash"];
    const native = execFileSync("cargo", command, { cwd: ROOT, encoding: "utf8" }).trim();
    const scenario = readFileSync(`${ROOT}${path}`, "utf8");
    for (const [which, engine] of Object.entries(engines)) {
      assert.equal(engine.fingerprint(scenario), native, which);
      assert.equal(engine.fingerprint(scenario), native, `${which}, also when it runs again`);
    }
    // What a figure shows of an example before anything is changed.
    const recorded = `${runs}/${file}l`;
    if (existsSync(recorded)) assert.equal(shown(whole, { trace: readFileSync(recorded, "utf8") }), native, "as it was recorded");
  });
}
