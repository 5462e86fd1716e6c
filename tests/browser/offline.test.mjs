// A figure whose network goes away: what is there works on, what is not says so, and comes when the network is back.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { alone, DIST, figure, stage } from "./site.mjs";

const { site, browser } = await stage();
const whole = !existsSync(join(DIST, "sockscope-simulate.wasm")) && "a build for work on the page is in one part";
const SAYS = /could not be loaded: there is no way to the server/;

test("a figure that nobody touched before the network went says what it cannot load, and can when it is back", async () => {
  const { page, close } = await alone(browser, site, `preset="tcp-upper" at="0.5"`);
  const scope = await figure(page);
  const alert = scope.getByRole("alert");
  const card = scope.getByRole("region", { name: "Packet" });
  const openCard = () => scope.evaluate((element) => element.act({ name: "next-card", by: 0 }));
  const share = () => scope.getByRole("button", { name: "Share this figure as it is now" }).click();
  const asks = [[openCard, card], [share, scope.locator("dialog[open]")]];
  for (const [ask, there] of asks) {
    await page.context().setOffline(true);
    await ask();
    await alert.filter({ hasText: SAYS }).waitFor();
    const before = await scope.evaluate((element) => element.place);
    await scope.getByRole("button", { name: "One event on" }).click();
    assert.notEqual(await scope.evaluate((element) => element.place), before, "what is there works on");
    assert.equal(await alert.isVisible(), false, "and says nothing more of it");
    await page.context().setOffline(false);
    await ask();
    await there.waitFor();
    assert.equal(await alert.isVisible(), false);
  }
  await close();
});

test("a slider that a figure cannot follow without a network goes back, and works when there is one", { skip: whole }, async () => {
  const { page, close } = await alone(browser, site, `preset="tcp-upper" at="0.5"`);
  const scope = await figure(page);
  const slider = scope.locator("[data-knob=delay]");
  const ladder = () => scope.locator("svg.ladder").innerHTML();
  const [alert, before] = [scope.getByRole("alert"), await ladder()];
  await page.context().setOffline(true);
  await slider.fill("80");
  await alert.filter({ hasText: SAYS }).waitFor();
  assert.deepEqual([await slider.inputValue(), await ladder()], ["20", before]);
  await page.context().setOffline(false);
  await slider.fill("80");
  await page.waitForFunction(([element, before]) => element.shadowRoot.querySelector("svg.ladder").innerHTML !== before,
    [await scope.elementHandle(), before]);
  assert.deepEqual([await slider.inputValue(), await alert.isVisible()], ["80", false]);
  await close();
});

test("a figure that the reader comes to without a network comes to life when there is one", async () => {
  const { page, close } = await alone(browser, site, `hidden></sock-scope><div style="height: 4000px"></div><sock-scope preset="udp-upper"`);
  const scope = page.locator("sock-scope").last();
  await page.waitForFunction((element) => element.shadowRoot, await scope.elementHandle());
  await page.context().setOffline(true);
  await scope.scrollIntoViewIfNeeded();
  await scope.getByRole("alert").filter({ hasText: SAYS }).waitFor();
  await page.context().setOffline(false);
  await page.waitForFunction((element) => element.hasAttribute("ready"), await scope.elementHandle());
  assert.equal(await scope.getByRole("alert").isVisible(), false);
  assert.ok(await scope.locator("svg.ladder text").count() > 5);
  await close();
});
