// An engine comes in two parts. The second one comes when it is needed, and whatever is done before that works all the same.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { alone, DIST, figure, stage } from "./site.mjs";

const { site, browser } = await stage();
const REST = "**/sockscope-rest.wasm";
const skip = !existsSync(join(DIST, "sockscope-rest.wasm")) && "a build for work on the page is in one part";
const FIGURE = `preset="tcp-segment-lost" loss="5"`;

/** A figure, and how its page asked for the rest. */
async function shown() {
  const opened = await alone(browser, site, FIGURE);
  const asked = [];
  opened.page.on("request", (request) => request.url().endsWith("-rest.wasm") && asked.push(request.resourceType()));
  await opened.page.reload();
  return { ...opened, asked, scope: await figure(opened.page) };
}

const card = (scope) => scope.locator(".card");
const openCard = (scope) => scope.evaluate((element) => element.act({ name: "next-card", by: 0 }));

test("playing and sliders need no rest; a card waits for it, and comes", { skip }, async () => {
  const { page, troubles, asked, scope, close } = await shown();
  await scope.evaluate((element) => {
    for (let n = 0; n < 10; n++) element.stepEvent(-1);
    element.position = 0.5;
  });
  await scope.locator("[data-knob=loss]").fill("20");
  assert.deepEqual(asked, []);
  await openCard(scope);
  await card(scope).waitFor();
  await openCard(scope);
  await scope.getByRole("tab", { name: "States" }).click();
  await page.waitForFunction((element) => element.shadowRoot.querySelector("svg.stage text"), await scope.elementHandle());
  assert.deepEqual(asked, ["fetch"]);
  assert.deepEqual(troubles, []);
  await close();
});

test("who points at a packet has the rest on its way", { skip }, async () => {
  const { page, asked, scope, close } = await shown();
  const rest = page.waitForRequest(REST);
  await scope.locator("svg.ladder [data-packet]").first().hover();
  await rest;
  assert.deepEqual(asked, ["fetch"]);
  await close();
});

test("a script that does not wait gets what it asks for at once", { skip }, async () => {
  const { troubles, asked, scope, close } = await shown();
  const answers = await scope.evaluate((element) => {
    element.setAttribute("view", "inside");
    return [element.shadowRoot.querySelectorAll("svg.stage text").length, element.fingerprint];
  });
  assert.ok(answers[0] > 5);
  assert.deepEqual(asked, ["xhr"]);
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
