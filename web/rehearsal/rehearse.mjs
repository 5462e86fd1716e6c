// Calls of an engine what a page calls while it shows and plays runs, every example with and without trouble on the wires. What
// is carried out meanwhile makes its first part: `node rehearse.mjs GLUE ENGINE BEGIN COUNT TAKEN` reads an engine that notes
// which points of its functions are passed in COUNT bytes of its memory, and writes these into a file. The examples are dealt out
// to as many threads as there are processors.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { Element } from "./stage.mjs";

const [glue, wasm, begin, count, taken] = process.argv.slice(2);
const engine = await import(pathToFileURL(glue));
const { memory } = isMainThread ? {} : engine.initSync({ module: readFileSync(wasm) });

const scenarios = new URL("../../tests/scenarios/", import.meta.url);
const TROUBLES = [
  {},
  { loss: "20", seed: "3" },
  { delay: "50", jitter: "30", loss: "10", reorder: "20", duplicate: "10", seed: "5" },
];

const QUIET = { delay: "10.5", jitter: "0", loss: "0", reorder: "0", duplicate: "0", seed: "18446744073709551615" };
const SEEDS = Array.from({ length: 8 }, (_, n) => String(n + 1));
/** A page names every parameter, and says nothing of most. */
const NONE = Object.fromEntries(["delay", "jitter", "loss", "reorder", "duplicate", "seed"].map((name) => [name, undefined]));
/** Places of the way, as an element's attributes name them. */
const PLACES = ["1", "0.3", "40%", "120ms", "0.05s", "e5", "0"];

const german = JSON.parse(readFileSync(new URL("../../crates/view/texts/de.json", import.meta.url)));

function rehearse(preset, parameters) {
  const elements = Array.from({ length: 5 }, () => new Element());
  elements.forEach((element) => element.setAttribute("data-view", "ladder"));
  const figure = new engine.Figure(...elements, {
    preset, parameters: { ...NONE, ...parameters }, texts: parameters.seed ? german : {},
  });
  const show = (status) => {
    figure.see(status.cursor - 300, status.cursor + 300);
    figure.dots();
    figure.position();
    figure.length();
    figure.story_rows(Math.max(0, status.events - 5), 10);
    return status.at_end;
  };
  figure.programs();
  figure.parameters();
  figure.conversations();
  figure.milestones(0, 10);
  figure.scenario();
  figure.text?.();
  const play = (frames) => {
    show(figure.go_to_place("0"));
    while (!show(figure.advance(Math.max(2, figure.length() / frames))));
  };
  for (const view of ["story", "ladder", "network", "both"]) {
    figure.choose(view, 0);
    figure.choices();
    figure.changes();
    for (const width of [848, 700.4, 640, 360]) show(figure.resize(width));
    for (const width of [1180, 620, 280]) {
      show(figure.resize(width));
      play(150);
    }
    for (const place of PLACES) show(figure.go_to_place(place));
  }
  for (let n = 0; n < 40; n++) show(figure.step_milestone(-1));
  for (let n = 0; n < 300 && !show(figure.step_event(1)); n++);
  for (let n = 0; n < 40; n++) show(figure.step_event(-1));
  for (let n = 0; n < 40; n++) show(figure.step_milestone(1));
  for (let n = 0; n <= 20; n++) show(figure.seek(figure.length() * n / 20));
  show(figure.go_to_place("0"));
  PLACES.forEach((place) => figure.place_of(place));
  show(figure.resize(1180));
  play(600);
  for (const troubles of [TROUBLES[2], { loss: "20", reorder: "0" }, { loss: "60", duplicate: "30" }, QUIET]) {
    for (const [knob, value] of Object.entries(troubles)) show(figure.set_parameter(knob, value));
    for (const seed of SEEDS) {
      const { events } = figure.set_parameter("seed", seed);
      figure.story_rows(0, events);
      figure.milestones(0, 50);
      for (const place of ["1", "0.2", "0.4", "0.6", "0.8"]) show(figure.go_to_place(place));
    }
  }
  figure.parameters();
  figure.passed();
  figure.things();
  figure.here();
  figure.free();
}

/** Rehearses every so-manieth example; which points were passed. */
function rehearseSome(one, of) {
  engine.style();
  engine.heap();
  engine.preset("udp-upper");
  engine.presets?.();
  engine.programs?.();
  const files = readdirSync(scenarios).filter((_, n) => n % of === one);
  for (const file of files) for (const troubles of TROUBLES) rehearse(file.replace(/\.json$/, ""), troubles);
  return new Uint8Array(memory.buffer, Number(begin), Number(count));
}

if (isMainThread) {
  const of = availableParallelism();
  const threads = Array.from({ length: of }, (_, one) =>
    new Promise((done, failed) => {
      const worker = new Worker(fileURLToPath(import.meta.url), { argv: process.argv.slice(2), workerData: { one, of } });
      worker.on("message", done).on("error", failed);
    }));
  const passed = await Promise.all(threads);
  writeFileSync(taken, passed[0].map((_, point) => Number(passed.some((points) => points[point]))));
} else {
  parentPort.postMessage(rehearseSome(workerData.one, workerData.of).slice());
}
