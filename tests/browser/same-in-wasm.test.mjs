// Every scenario gives the same trace natively and as wasm, to the last bit.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { fingerprint, initSync } from "../../web/wasm/sockscope_web.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
initSync({ module: readFileSync(`${ROOT}web/wasm/sockscope_web_bg.wasm`) });

for (const file of readdirSync(`${ROOT}tests/scenarios`).filter((name) => name.endsWith(".json"))) {
  test(file, () => {
    const path = `tests/scenarios/${file}`;
    const command = ["run", "--quiet", "--package", "sockscope", "--", "sim", path, "--hash"];
    const native = execFileSync("cargo", command, { cwd: ROOT, encoding: "utf8" }).trim();
    const scenario = readFileSync(`${ROOT}${path}`, "utf8");
    assert.equal(fingerprint(scenario), native);
    assert.equal(fingerprint(scenario), native, "also when it runs again");
  });
}
