// What a segment costs as wasm and natively: the same transfer in turn, the fastest of many. `node tests/benches/wasm/ratio.mjs`

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const TARGET = resolve(ROOT, process.env.CARGO_TARGET_DIR ?? "target");
const BYTES = 1 << 20;
const SEGMENTS = Math.floor(BYTES / 1460);
const [TURNS, TIMES] = [20, 100];

const cargo = (line) => execFileSync("cargo", line.split(" "), { cwd: ROOT, stdio: "inherit" });
cargo("build --quiet --release --package sockscope-benches --bin bulk");
cargo("rustc --quiet --profile wasm --package sockscope-benches --lib --crate-type cdylib --target wasm32-unknown-unknown");

const native = () => Number(execFileSync(join(TARGET, "release/bulk"), [`${TIMES}`], { encoding: "utf8" }));
const file = readFileSync(join(TARGET, "wasm32-unknown-unknown/wasm/sockscope_benches.wasm"));
const { instance } = await WebAssembly.instantiate(file, {});
function wasm() {
  let fastest = Infinity;
  for (let time = 0; time < TIMES; time++) {
    const start = process.hrtime.bigint();
    if (instance.exports.bulk(BYTES) === 0) throw new Error("no packets were sent");
    fastest = Math.min(fastest, Number(process.hrtime.bigint() - start));
  }
  return fastest;
}

let [least, leastNative] = [Infinity, Infinity];
for (let turn = 0; turn < TURNS; turn++) {
  leastNative = Math.min(leastNative, native());
  least = Math.min(least, wasm());
}
const each = (nanoseconds) => `${(nanoseconds / SEGMENTS).toFixed(0)} ns`;
const ratio = (least / leastNative).toFixed(2);
console.log(`a segment: ${each(leastNative)} natively, ${each(least)} as wasm: ${ratio} times`);
