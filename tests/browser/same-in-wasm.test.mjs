// Every scenario gives the same trace natively and as wasm, to the last bit.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { unpack } from "../../web/unpack.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const ENGINE = `${ROOT}web/wasm/sockscope_web`;

/** The engine as a whole and, but in a build for work on the page, in its two parts. */
const whole = await import(`${ENGINE}.js`);
whole.initSync({ module: readFileSync(`${ENGINE}_bg.wasm`) });
const engines = { whole };
if (existsSync(`${ENGINE}_first.wasm`)) {
  const split = await import(`${ENGINE}.js?split`);
  const part = (name) => unpack(readFileSync(`${ENGINE}_${name}.wasm`));
  split.onRest((first) => new WebAssembly.Instance(new WebAssembly.Module(part("rest")), { first }));
  split.initSync({ module: part("first") });
  engines["in two parts"] = split;
}

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
  });
}
