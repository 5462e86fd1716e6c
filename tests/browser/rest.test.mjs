// An engine comes in parts. The first shows recorded runs; the others come when they are needed, and whatever is done before that
// works all the same.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { alone, DIST, figure, open, stage } from "./site.mjs";

const { site, browser } = await stage();
const REST = "**/sockscope-rest.wasm";
const skip = !existsSync(join(DIST, "sockscope-rest.wasm")) && "a build for work on the page is in one part";
const FIGURE = `preset="tcp-segment-lost"`;

/** A figure, and how its page asked for further parts of the engine. */
async function shown(attributes = FIGURE) {
  const opened = await alone(browser, site, attributes);
  const asked = [];
  opened.page.on("request", (request) => {
    const part = /-(simulate|rest)\.wasm$/.exec(request.url());
    if (part) asked.push(`${part[1]} ${request.resourceType()}`);
  });
  await opened.page.reload();
  return { ...opened, asked, scope: await figure(opened.page) };
}

const card = (scope) => scope.locator(".card");
const openCard = (scope) => scope.evaluate((element) => element.act({ name: "next-card", by: 0 }));
const fingerprint = (scope) => scope.evaluate((element) => element.fingerprint);

test("playing needs the first part alone; a card waits for the rest", { skip }, async () => {
  const { page, troubles, asked, scope, close } = await shown();
  await scope.evaluate((element) => {
    for (let n = 0; n < 10; n++) element.stepEvent(-1);
    element.position = 0.5;
  });
  assert.deepEqual(asked, []);
  await openCard(scope);
  await card(scope).waitFor();
  await openCard(scope);
  await scope.getByRole("tab", { name: "States" }).click();
  await page.waitForFunction((element) => element.shadowRoot.querySelector("svg.stage text"), await scope.elementHandle());
  assert.deepEqual(asked, ["simulate fetch", "rest fetch"]);
  assert.deepEqual(troubles, []);
  await close();
});

test("a change of what was recorded can be undone and made again, with the part that simulates", { skip }, async () => {
  const { page, asked, scope, close } = await shown();
  const ladder = () => scope.locator("svg.ladder").innerHTML();
  const changed = async (act) => {
    const before = await ladder();
    await act();
    await page.waitForFunction(([element, before]) => element.shadowRoot.querySelector("svg.ladder").innerHTML !== before,
      [await scope.elementHandle(), before]);
    return ladder();
  };
  const recorded = await ladder();
  const lossy = await changed(() => scope.locator("[data-knob=loss]").fill("20"));
  assert.equal(await changed(() => scope.evaluate((element) => element.act({ name: "undo" }))), recorded);
  assert.equal(await changed(() => scope.evaluate((element) => element.act({ name: "redo" }))), lossy);
  assert.deepEqual(asked, ["simulate fetch"]);
  await close();
});

test("a figure that changes its example simulates it, and asks for no recorded run", { skip }, async () => {
  const runs = [];
  const { page, asked, close } = await shown(`${FIGURE} loss="5"`);
  page.on("request", (request) => request.url().includes("/runs/") && runs.push(request.url()));
  await page.reload();
  await figure(page);
  assert.deepEqual(asked, ["simulate fetch", "simulate fetch"]);
  assert.deepEqual(runs, []);
  await close();
});

test("where the recorded run is missing the example is simulated", { skip }, async () => {
  const { page, asked, scope, close } = await shown();
  await page.route("**/runs/*", (route) => route.fulfill({ status: 404 }));
  const recorded = await fingerprint(scope);
  asked.length = 0;
  await page.reload();
  await figure(page);
  assert.deepEqual(asked, ["simulate fetch"]);
  assert.equal(await fingerprint(scope), recorded);
  await close();
});

test("who comes near a slider has what simulates on its way", { skip }, async () => {
  const { page, asked, scope, close } = await shown();
  const part = page.waitForRequest("**/sockscope-simulate.wasm");
  await scope.locator("[data-knob=loss]").hover();
  await part;
  assert.deepEqual(asked, ["simulate fetch"]);
  await close();
});

test("who points at a packet has the rest on its way", { skip }, async () => {
  const { page, asked, scope, close } = await shown();
  const rest = page.waitForRequest(REST);
  await scope.locator("svg.ladder [data-packet]").first().hover();
  await rest;
  assert.deepEqual(asked.toSorted(), ["rest fetch", "simulate fetch"]);
  await close();
});

test("no page of the site stands still for a part of an engine", { skip }, async () => {
  for (const path of ["index.html", "lab.html", "learn/tcp.html"]) {
    const { page, troubles, close } = await open(browser, "about:blank");
    const asked = [];
    page.on("request", (request) => request.url().endsWith(".wasm") && asked.push(`${path}: ${request.resourceType()}`));
    await page.goto(site.address + path);
    await figure(page);
    await page.waitForLoadState("networkidle");
    assert.ok(asked.length > 0 && asked.every((how) => how.endsWith(": fetch")), asked.join());
    assert.deepEqual(troubles, []);
    await close();
  }
});

test("a script that does not wait gets what it asks for at once", { skip }, async () => {
  const { troubles, asked, scope, close } = await shown();
  const answers = await scope.evaluate((element) => {
    element.setAttribute("view", "inside");
    return [element.shadowRoot.querySelectorAll("svg.stage text").length, element.fingerprint];
  });
  assert.ok(answers[0] > 5);
  assert.deepEqual(asked, ["simulate xhr", "rest xhr"]);
  const other = await alone(browser, site, `${FIGURE} view="inside"`);
  assert.equal(await (await figure(other.page)).evaluate((element) => element.fingerprint), answers[1]);
  await other.close();
  assert.deepEqual(troubles, []);
  await close();
});

test("where the rest cannot be had the figure says so, plays on, and asks again", { skip }, async () => {
  const { page, scope, close } = await shown();
  await page.route(REST, (route) => route.abort());
  await openCard(scope);
  await scope.getByRole("alert").waitFor();
  await scope.getByRole("button", { name: "One event back" }).click();
  await page.unroute(REST);
  await openCard(scope);
  await card(scope).waitFor();
  await close();
});

test("an engine that broke and was started anew has its rest again", { skip }, async () => {
  const { page, troubles, scope, close } = await shown();
  await openCard(scope);
  await card(scope).waitFor();
  // A figure that lies outside of its engine's memory.
  await scope.evaluate((element) => { element.figure.__wbg_ptr = 0x7ffffff0; element.stepEvent(); });
  await scope.getByRole("alert").waitFor();
  await scope.evaluate((element) => element.reset());
  await page.waitForFunction((element) => element.run, await scope.elementHandle());
  await openCard(scope);
  await card(scope).waitFor();
  assert.deepEqual(troubles, []);
  await close();
});
