// Each picture of a figure, as its readers choose and use it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { alone, browse, figure, serve } from "./site.mjs";

let site, browser;

before(async () => {
  site = await serve();
  browser = await browse();
});
after(async () => {
  await browser?.close();
  site?.close();
});

const chosen = (scope) => scope.locator("[role=tab][aria-selected=true]").getAttribute("data-view");

test("tabs choose the picture, by click and by arrow keys", async () => {
  const { page, troubles, close } = await alone(browser, site, `preset="tcp-upper"`);
  const scope = await figure(page);
  await scope.getByRole("tab", { name: "States" }).click();
  assert.equal(await chosen(scope), "states");
  assert.equal(await scope.locator(".ladder-box").isVisible(), false);
  assert.match(await scope.locator("svg.stage").textContent(), /SYN-RECEIVED/);
  await page.keyboard.press("Home");
  assert.equal(await chosen(scope), "both");
  assert.equal(await scope.locator("svg.stage").isVisible(), false);
  await page.keyboard.press("ArrowRight");
  assert.equal(await chosen(scope), "ladder");
  assert.equal(await scope.locator("[role=tab][tabindex='0']").count(), 1, "one tab is in the tab order");
  assert.equal(await scope.evaluate((element) => element.shadowRoot.activeElement.dataset.view), "ladder");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  assert.equal(await scope.locator("[role=tabpanel]").getAttribute("aria-labelledby"), `tab-${await chosen(scope)}`);
  assert.deepEqual(troubles, []);
  await close();
});

test("the state machine follows the run", async () => {
  const { page, troubles, close } = await alone(browser, site, `preset="tcp-upper" view="states"`);
  const scope = await figure(page);
  const rows = () => scope.locator("svg.stage .row-name").allTextContents();
  await scope.evaluate((element) => { element.position = 0; });
  assert.deepEqual(await rows(), []);
  const seen = new Set();
  for (let n = 0; n < 150; n++) {
    for (const row of await rows()) if (row.startsWith("client")) seen.add(row.match(/: ([A-Z0-9-]+)/)?.[1]);
    await scope.locator("[data-do=event-on]").click();
  }
  assert.deepEqual([...seen], ["CLOSED", "SYN-SENT", "ESTABLISHED", "FIN-WAIT-1", "CLOSING"]);
  await scope.locator("svg.stage .arc.now").first().click({ force: true });
  assert.match(await scope.locator(".story").textContent(), /goes from/, "a click goes to the event");
  assert.deepEqual(troubles, []);
  await close();
});
