// What a figure and the laboratory cost the page that holds them. Sizes and rest are asserted, times are printed.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { alone, DIST, figure, open, stage } from "./site.mjs";

const FIGURE = `preset="tcp-upper" at="0.5"`;
/** Kilobytes (brotli) of the whole page: what is wanted, and what it may be now, with some room; and the parts of its engine, of
 * which it loads so many. */
const SIZES = [
  { what: "a figure", path: "alone.html", bar: 150, now: 150, parts: ["", "-simulate", "-rest"].map((part) => `sockscope${part}.wasm`), loads: 1 },
  { what: "the laboratory", path: "lab.html", bar: 300, now: 295, parts: ["", "-simulate", "-rest"].map((part) => `sockscope-lab${part}.wasm`), loads: 2 },
];
/** A build for work on the page is larger than this, and no measure of anything. */
const DEV = 3e6;
const ROUNDS = 5;
const { site, browser } = await stage();

/** What the page loads until its figure is ready and was played, stepped and scrubbed: every script and engine, by its name. */
async function loaded(path) {
  const { page, troubles, close } = await alone(browser, site, FIGURE);
  await page.goto("about:blank");
  const files = new Map();
  page.on("response", (response) => files.set(new URL(response.url()).pathname.slice(1), response));
  await page.goto(site.address + path);
  const scope = await figure(page);
  await scope.evaluate(async (element) => {
    element.setAttribute("speed", "8");
    element.seek(0);
    element.play();
    await new Promise((over) => element.addEventListener("end", over));
    for (let n = 0; n < 20; n++) element.stepEvent(-1);
    for (let n = 0; n < 5; n++) element.stepMilestone(-1);
    for (let n = 0; n <= 10; n++) element.seek(n / 10);
  });
  const bodies = [];
  for (const [name, response] of files) if (/\.(js|wasm|css|jsonl)$/.test(name)) bodies.push([name, await response.body()]);
  assert.deepEqual(troubles, []);
  await close();
  return bodies;
}

const kb = (bytes) => bytes.length / 1000;
const weigh = (name, body) => [name, kb(body), kb(gzipSync(body, { level: 9 })), kb(brotliCompressSync(body))];

for (const { what, path, bar, now, parts, loads } of SIZES) {
  test(`what ${what} loads is as small as it was`, async (t) => {
    const files = await loaded(path);
    assert.ok(!files.some(([name]) => name.includes("-de-")), "English is in the engine");
    const engines = files.filter(([name]) => name.endsWith(".wasm"));
    if (engines.some(([, body]) => body.length > DEV)) return t.skip("a build for work on the page");
    assert.deepEqual(engines.map(([name]) => name), parts.slice(0, loads), "one engine, without its rest");
    const sizes = files.map(([name, body]) => weigh(name, body));
    const sum = (column) => sizes.reduce((sum, size) => sum + size[column], 0);
    const brotli = sum(3);
    const line = (name, raw, gzip, brotli) =>
      t.diagnostic(`${name}: ${brotli.toFixed(1)} kB brotli, ${gzip.toFixed(1)} kB gzip, ${raw.toFixed(1)} kB`);
    line(`${what}, where the bar is ${bar} kB`, sum(1), sum(2), brotli);
    for (const size of sizes) line(...size);
    for (const part of parts.slice(loads)) {
      line(...weigh(`once something else is asked for, ${part}`, await readFile(join(DIST, part))));
    }
    assert.ok(brotli <= now, `${brotli.toFixed(0)} kB: what made it larger than ${now} kB?`);
  });
}

test("a figure far below costs one small script, and its engine comes when it is near", async () => {
  const { page, close } = await alone(browser, site, `${FIGURE} style="display: block; margin-top: 5000px"`);
  const engines = [];
  page.on("request", (request) => request.url().endsWith(".wasm") && engines.push(request.url()));
  await page.reload({ waitUntil: "networkidle" });
  assert.deepEqual(engines, []);
  await figure(page);
  assert.equal(engines.length, 1);
  await close();
});

/** Counts what a page asks to be called for later. */
const count = (page) => page.addInitScript(() => {
  window.asked = 0;
  for (const name of ["requestAnimationFrame", "setTimeout", "setInterval", "requestIdleCallback"]) {
    const real = window[name].bind(window);
    window[name] = (...call) => {
      window.asked += 1;
      return real(...call);
    };
  }
});

test("a figure that is paused or out of sight asks for nothing", async () => {
  const { page, close } = await alone(browser, site, FIGURE);
  await count(page);
  await page.reload();
  const scope = await figure(page);
  const rests = async (when) => {
    await scope.evaluate((element) => element.getAnimations({ subtree: true }).forEach((animation) => animation.finish()));
    await page.waitForTimeout(100);
    const asked = await page.evaluate(() => window.asked);
    await page.waitForTimeout(400);
    assert.equal(await page.evaluate(() => window.asked), asked, when);
  };
  await rests("when it is ready");
  await scope.evaluate((element) => { element.position = 0; });
  await scope.getByRole("button", { name: "Play", exact: true }).click();
  await page.waitForFunction((element) => element.position > 0.01, await scope.elementHandle());
  await scope.getByRole("button", { name: "Pause" }).click();
  await rests("when it is paused");
  await scope.getByRole("button", { name: "Play", exact: true }).click();
  await page.evaluate(() => {
    document.body.style.paddingBottom = "5000px";
    scrollTo(0, 5000);
  });
  await page.waitForFunction((element) => element.shadowRoot.querySelector("[data-do=play]").title === "Play", await scope.elementHandle());
  await rests("when it is out of sight");
  await close();
});

const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Milliseconds until something is painted, and from the begin of the page until its figure is ready, on a slow processor. */
async function opening(body) {
  const { page, close } = await open(browser, "about:blank");
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>A page</title><h1>A page</h1><p>With words.</p>${body}`;
  await page.route("**/bare.html", (route) => route.fulfill({ contentType: "text/html", body: html }));
  await page.goto(`${site.address}bare.html`);
  const times = await page.evaluate(async () => {
    const scope = document.querySelector("sock-scope");
    while (scope && !scope.hasAttribute("ready")) await new Promise((next) => setTimeout(next, 5));
    const ready = performance.now();
    const entry = () => performance.getEntriesByName("first-contentful-paint")[0];
    while (!entry()) await new Promise((next) => setTimeout(next, 5));
    const script = performance.getEntriesByType("resource").find(({ name }) => name.endsWith("/sockscope.js"));
    return { painted: entry().startTime, ready: ready - (script?.responseEnd ?? 0) };
  });
  await close();
  return times;
}

test("how soon a page paints, and a figure answers, on a processor four times slower", async (t) => {
  const tag = `<sock-scope ${FIGURE}></sock-scope><script type="module" src="sockscope.js"></script>`;
  const [bare, holding] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    bare.push(await opening(""));
    holding.push(await opening(tag));
  }
  const painted = (times) => median(times.map((time) => time.painted));
  const ratio = painted(holding) / painted(bare);
  const ready = median(holding.map((time) => time.ready));
  t.diagnostic(`first contentful paint: ${ratio.toFixed(2)} times that of a bare page; the bar is 1.3`);
  t.diagnostic(`from the script to a figure that is ready: ${(ready / 1000).toFixed(2)} of the second that is the bar`);
  assert.ok(ratio < 10 && ready < 60_000, "something hangs");
});
