// Runs the sample engine: `node run.mjs trace ENGINE BEGIN COUNT TAKEN` rehearses it; `node run.mjs compare WHOLE PART…` says
// whether the parts do what the whole does, and after what which of them had come.

import { readFileSync, writeFileSync } from "node:fs";
import { unpack } from "../../../../web/unpack.mjs";

const [task, ...args] = process.argv.slice(2);
const engine = (file, imports) => new WebAssembly.Instance(new WebAssembly.Module(unpack(readFileSync(file))), imports).exports;

if (task === "trace") {
  const [file, begin, count, taken] = args;
  const { memory, play, every } = engine(file);
  const points = () => new Uint8Array(memory.buffer, Number(begin), Number(count)).slice();
  for (let n = 0; n < 8; n++) play(n);
  const first = points();
  for (let n = 1; n < 3; n++) every(n);
  for (let n = 8; n < 16; n++) play(n);
  writeFileSync(taken, points().map((passed, point) => first[point] || 2 * passed));
} else {
  const [whole, ...parts] = args;
  const CALLS = [
    ["play", 5], ["play", 7], ["play", 9], ["every", 1], ["play", 23], ["ask", 3], ["ask", 40],
    ["every", 2], ["every", 3], ["every", 4], ["pick", 2], ["pick", 9],
  ];
  const tried = (call) => {
    try {
      return call();
    } catch (error) {
      return String(error);
    }
  };
  for (const calls of [CALLS, CALLS.toReversed()]) {
    const one = engine(whole);
    let last = 0;
    const load = (part) => {
      while (last < part) engine(parts[++last], { first: two });
    };
    const two = engine(parts[0], { rest: { load } });
    for (const [name, n] of calls) {
      const [a, b] = [one, two].map((engine) => tried(() => engine[name](n)));
      console.log(`${name}(${n}) ${a === b ? "same" : `${a} and ${b}`}, parts ${last + 1}`);
    }
  }
}
