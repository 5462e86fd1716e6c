// Calls of an engine what a page calls: at first while it shows and plays runs that were recorded, which makes the engine's first
// part; then while it simulates every example, with and without trouble on the wires, which makes its second.
// `node rehearse.mjs GLUE ENGINE RUNS BEGIN COUNT TAKEN` reads an engine that notes which points of its functions are passed in
// COUNT bytes of its memory, and writes into a file for each point which part passed it first: 1, 2, or 0 for none. The
// examples are dealt out to as many threads as there are processors.

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { Element } from "./stage.mjs";

const [glue, wasm, runs, begin, count, taken] = process.argv.slice(2);
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

/** What a figure does with any run, which it plays in so many frames. */
function play(options, texts, frames) {
  const elements = Array.from({ length: 5 }, () => new Element());
  elements.forEach((element) => element.setAttribute("data-view", "ladder"));
  const figure = new engine.Figure(...elements, { ...options, texts });
  const show = (status) => {
    figure.see(status.cursor - 300, status.cursor + 300);
    figure.dots();
    figure.position();
    figure.length();
    figure.here();
    figure.story_rows(Math.max(0, status.events - 5), 10);
    return status.at_end;
  };
  figure.programs();
  figure.parameters();
  figure.conversations();
  figure.milestones(0, 10);
  figure.scenario();
  const playAll = (frames) => {
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
      playAll(frames);
    }
    for (const place of PLACES) show(figure.go_to_place(place));
    show(figure.refresh());
  }
  for (const { event } of figure.milestones(0, 40)) show(figure.go_to(event));
  for (let n = 0; n < 40; n++) show(figure.step_milestone(-1));
  for (let n = 0; n < 300 && !show(figure.step_event(1)); n++);
  for (let n = 0; n < 40; n++) show(figure.step_event(-1));
  for (let n = 0; n < 40; n++) show(figure.step_milestone(1));
  for (let n = 0; n <= 20; n++) show(figure.seek(figure.length() * n / 20));
  show(figure.go_to_place("0"));
  PLACES.forEach((place) => figure.place_of(place));
  show(figure.resize(1180));
  playAll(4 * frames);
  figure.passed();
  figure.zoomed();
  return { figure, show };
}

/** What the sliders do with a run. */
function change({ figure, show }) {
  figure.text?.();
  for (const troubles of [TROUBLES[2], { loss: "20", reorder: "0" }, { loss: "60", duplicate: "30" }, QUIET]) {
    for (const [knob, value] of Object.entries(troubles)) show(figure.set_parameter(knob, value));
    for (const seed of SEEDS) {
      const { events } = figure.set_parameter("seed", seed);
      figure.story_rows(0, events);
      figure.milestones(0, 50);
      for (const place of ["1", "0.2", "0.4", "0.6", "0.8"]) show(figure.go_to_place(place));
    }
  }
  for (let n = 0; n < 5; n++) show(figure.undo());
  show(figure.redo());
  figure.parameters();
  figure.things();
}

/** Rehearses every so-manieth example; which points were passed by the first part, and which in all. */
function rehearseSome(one, of) {
  const passed = () => new Uint8Array(memory.buffer, Number(begin), Number(count)).slice();
  const presets = readdirSync(scenarios).filter((_, n) => n % of === one).map((file) => file.replace(/\.json$/, ""));
  engine.style();
  engine.heap();
  const recorded = presets.map((preset) => `${runs}/${preset}.jsonl`).filter((file) => existsSync(file));
  const traces = recorded.map((file) => readFileSync(file, "utf8"));
  for (const trace of traces) for (const texts of [{}, german]) play({ trace }, texts, 150).figure.free();
  const first = passed();
  engine.preset("udp-upper");
  engine.presets?.();
  engine.programs?.();
  const troubled = presets.flatMap((preset) => TROUBLES.map((troubles) => ({ preset, parameters: { ...NONE, ...troubles } })));
  for (const options of [...traces.map((trace) => ({ trace })), ...troubled]) {
    const played = play(options, options.parameters?.seed ? german : {}, 50);
    change(played);
    played.figure.free();
  }
  return [first, passed()];
}

if (isMainThread) {
  const of = availableParallelism();
  const threads = Array.from({ length: of }, (_, one) =>
    new Promise((done, failed) => {
      const worker = new Worker(fileURLToPath(import.meta.url), { argv: process.argv.slice(2), workerData: { one, of } });
      worker.on("message", done).on("error", failed);
    }));
  const passed = await Promise.all(threads);
  const by = (part, point) => passed.some((points) => points[part][point]);
  writeFileSync(taken, Uint8Array.from({ length: Number(count) }, (_, point) => (by(0, point) ? 1 : by(1, point) ? 2 : 0)));
} else {
  parentPort.postMessage(rehearseSome(workerData.one, workerData.of));
}
