// Runs the sample engine: `node run.mjs trace ENGINE BEGIN COUNT TAKEN` rehearses it; `node run.mjs compare WHOLE FIRST REST`
// says whether two parts do what the whole does, and after what the rest was wanted.

import { readFileSync, writeFileSync } from "node:fs";
import { unpack } from "../../../../web/unpack.mjs";

const [task, ...args] = process.argv.slice(2);
const engine = (file, imports) => new WebAssembly.Instance(new WebAssembly.Module(unpack(readFileSync(file))), imports).exports;

if (task === "trace") {
  const [file, begin, count, taken] = args;
  const { memory, play } = engine(file);
  for (let n = 0; n < 8; n++) play(n);
  writeFileSync(taken, new Uint8Array(memory.buffer, Number(begin), Number(count)));
} else {
  const [whole, first, rest] = args;
  const one = engine(whole);
  let wanted = 0;
  const load = () => {
    wanted += 1;
    engine(rest, { first: two });
  };
  const two = engine(first, { rest: { load } });
  const tried = (call) => {
    try {
      return call();
    } catch (error) {
      return String(error);
    }
  };
  const lines = [];
  for (const [name, n] of [
    ["play", 5], ["play", 7], ["play", 9], ["play", 23], ["ask", 3], ["ask", 40],
    ["every", 1], ["every", 2], ["every", 3], ["every", 4],
    ["pick", 2], ["pick", 9],
  ]) {
    const [a, b] = [one, two].map((engine) => tried(() => engine[name](n)));
    lines.push(`${name}(${n}) ${a === b ? "same" : `${a} and ${b}`}, rest ${wanted}`);
  }
  console.log(lines.join("\n"));
}
