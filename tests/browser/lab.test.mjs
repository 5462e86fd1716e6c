// What readers do to a run: forks, interventions, parameters.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { alone, browse, figure, serve } from "./site.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let site, browser;

before(async () => {
  site = await serve();
  browser = await browse();
});
after(async () => {
  await browser?.close();
  site?.close();
});

const fingerprint = (scope) => scope.evaluate((element) => element.fingerprint);
const story = (scope) => scope.locator(".story").textContent();
const cursor = (scope, panel) => scope.locator(`${panel} svg.ladder .cursor-time`).textContent();

async function healthy(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    window.axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)]), []);
}

/** Opens the card of the packet whose label has these words. */
async function card(scope, words) {
  await scope.evaluate((element) => { element.position = 1; });
  await scope.locator(".pictures:not(.original) svg.ladder text[data-packet]").filter({ hasText: words }).first().click({ force: true });
  return scope.getByRole("region", { name: "Packet" });
}

test("a packet that is dropped forks the run, and the original stands beside it", async () => {
  const { page, troubles, close } = await alone(browser, site, 'preset="tcp-upper"');
  const scope = await figure(page);
  const whole = await fingerprint(scope);
  const opened = await card(scope, "5 bytes");
  await opened.getByRole("button", { name: "Drop" }).click();
  assert.notEqual(await fingerprint(scope), whole);
  assert.match(await story(scope), /dropped by you/, "the cursor is where the runs part");
  const said = await scope.locator(".parts").textContent();
  assert.match(said, /The runs differ from 50 ms on.*In the original:.*reaches server.*In the fork:.*dropped by you/s);
  for (const panel of [".original", ".pictures:not(.original)"]) {
    assert.equal(await scope.locator(`${panel} svg.ladder .parting`).count(), 1, `${panel} is marked`);
  }
  assert.equal(await scope.locator(".original svg.ladder .cross").count(), 0);
  // Both move in time.
  await scope.locator("[data-do=milestone-on]").click();
  await scope.locator("[data-do=milestone-on]").click();
  assert.equal(await cursor(scope, ".original"), await cursor(scope, ".pictures:not(.original)"));
  await healthy(page);
  // Keys, while the figure has the focus.
  await scope.locator("#pictures").focus();
  await page.keyboard.press("Control+z");
  assert.equal(await fingerprint(scope), whole);
  assert.equal(await scope.locator(".original").count(), 0);
  await page.keyboard.press("Control+Shift+z");
  assert.notEqual(await fingerprint(scope), whole);
  const fork = await fingerprint(scope);
  await scope.getByRole("button", { name: "Keep the fork" }).click();
  assert.equal(await fingerprint(scope), fork);
  assert.equal(await scope.locator(".original").count(), 0);
  await scope.getByRole("button", { name: /Take out: You drop/ }).click();
  assert.equal(await fingerprint(scope), whole, "without its intervention it is what it was");
  assert.deepEqual(troubles, []);
  await close();
});

test("packets are delayed by a typed time, doubled and damaged, by keyboard too", async () => {
  const { page, close } = await alone(browser, site, 'preset="tcp-upper"');
  const scope = await figure(page);
  let opened = await card(scope, "5 bytes");
  await opened.getByLabel("How much longer it takes").fill("5s");
  await page.keyboard.press("Enter");
  assert.match(await scope.locator(".done").textContent(), /up by 5 s/);
  opened = await card(scope, "SYN");
  await opened.getByRole("button", { name: "Duplicate" }).press("Enter");
  opened = await card(scope, "SYN");
  await opened.getByRole("button", { name: "Flip a bit" }).press("Enter");
  assert.equal(await scope.locator(".done li").count(), 3);
  await scope.getByRole("button", { name: "Back to the original" }).click();
  assert.equal(await scope.locator(".done li").count(), 0);
  opened = await card(scope, "SYN");
  await opened.getByLabel("How much longer it takes").fill("soon");
  await opened.getByRole("button", { name: "Delay by" }).click();
  assert.match(await scope.getByRole("alert").textContent(), /"soon" is not a length of time/);
  await close();
});

test("cables, hosts and programs break at the time of the cursor, and are mended", async () => {
  const { page, troubles, close } = await alone(browser, site, 'preset="tcp-upper"');
  const scope = await figure(page);
  await scope.evaluate((element) => { element.position = 0.4; });
  const menu = scope.getByRole("region", { name: "Break something" });
  await scope.getByRole("button", { name: "Break something" }).click();
  assert.match(await menu.locator(".when").textContent(), /^At \d+/);
  await healthy(page);
  await menu.getByRole("button", { name: "Cut the cable" }).click();
  assert.match(await scope.locator(".done").textContent(), /You cut the link/);
  await scope.locator("[data-do=milestone-on]").click();
  await menu.getByRole("button", { name: "Mend the cable" }).click();
  assert.match(await scope.locator(".done").textContent(), /You mend the link/);
  await scope.getByRole("button", { name: "Back to the original" }).click();
  for (const [name, said] of [
    [/^Unplug: server/, /You unplug server/],
    [/^Crash: client/, /client loses its power/],
    [/^Kill: tcp-upper-client/, /You kill tcp-upper-client on client/],
    [/^Make it slow by: tcp-upper-server/, /You make tcp-upper-server on server slow: it takes 1 s/],
  ]) {
    await scope.evaluate((element) => { element.position = 0.3; });
    await menu.getByRole("button", { name }).click();
    assert.match(await scope.locator(".done").textContent(), said);
    await scope.getByRole("button", { name: "Undo" }).click();
  }
  await menu.getByRole("button").first().press("Escape");
  assert.equal(await menu.isVisible(), false);
  // A host and a wire open it too.
  await scope.locator("svg.network [data-node='1']").first().click({ position: { x: 8, y: 8 } });
  assert.match(await menu.locator(".thing").first().textContent(), /server/);
  await scope.locator("svg.network [data-link='0']").first().click({ force: true });
  assert.match(await menu.locator(".thing").first().textContent(), /client – server/);
  assert.deepEqual(troubles, []);
  await close();
});

test("every parameter is set by typing, for one link or host alone", async () => {
  const { page, troubles, close } = await alone(browser, site, 'preset="shared-bottleneck"');
  const scope = await figure(page);
  const before = await fingerprint(scope);
  await scope.locator("summary").filter({ hasText: "Every parameter" }).click();
  await scope.locator(".settings fieldset").first().waitFor();
  const links = await scope.locator(".settings fieldset").count();
  assert.ok(links > 3, "links and hosts");
  await healthy(page);
  const rate = scope.locator("[data-place='links[0].rate']");
  await rate.fill("300kbit");
  await rate.press("Enter");
  const slow = await fingerprint(scope);
  assert.notEqual(slow, before);
  await scope.locator("[data-place='hosts[0].congestion']").selectOption("cubic");
  assert.notEqual(await fingerprint(scope), slow);
  await rate.fill("fast");
  await rate.press("Enter");
  assert.match(await scope.getByRole("alert").textContent(), /links\[0\]\.rate: .*"fast" is not a rate/);
  await scope.getByRole("button", { name: "Undo" }).click();
  await scope.getByRole("button", { name: "Undo" }).click();
  assert.equal(await fingerprint(scope), before);
  const loss = scope.locator("[data-typed=loss]");
  await loss.fill("12.5");
  await loss.press("Enter");
  assert.equal(await loss.inputValue(), "12.5 %");
  await scope.getByRole("button", { name: "Next seed" }).click();
  assert.equal(await scope.locator(".seed").inputValue(), "2");
  assert.deepEqual(troubles, []);
  await close();
});

test("on a narrow page one of both runs is shown, and nothing is wider than the page", async () => {
  const { page, close } = await alone(browser, site, 'preset="tcp-upper"', { viewport: { width: 360, height: 800 } });
  const scope = await figure(page);
  const opened = await card(scope, "SYN");
  await opened.getByRole("button", { name: "Drop" }).click();
  const [original, fork] = [scope.locator(".original"), scope.locator("#pictures")];
  assert.deepEqual([await original.isVisible(), await fork.isVisible()], [false, true]);
  await scope.getByRole("button", { name: "Original", exact: true }).click();
  assert.deepEqual([await original.isVisible(), await fork.isVisible()], [true, false]);
  assert.match(await original.locator("svg.ladder").innerHTML(), /parting/);
  await scope.getByRole("button", { name: "Break something" }).click();
  await scope.locator("summary").filter({ hasText: "Every parameter" }).click();
  await scope.locator(".settings fieldset").first().waitFor();
  await healthy(page);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 360);
  await close();
});

test("a page that leaves the controls out has a run that nobody changes", async () => {
  const { page, close } = await alone(browser, site, 'preset="tcp-upper" controls="transport"');
  const scope = await figure(page);
  const opened = await card(scope, "SYN");
  assert.equal(await opened.locator(".acts").count(), 0);
  assert.equal(await scope.locator("[data-do=break]").isVisible(), false);
  await close();
});
