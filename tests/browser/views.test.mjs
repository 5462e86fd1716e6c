// Each picture of a figure, as its readers choose and use it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { alone, faults, figure, stage } from "./site.mjs";

const { site, browser } = await stage();

const chosen = (scope) => scope.locator("[role=tab][aria-selected=true]").getAttribute("data-view");

test("tabs choose the picture, by click and by arrow keys", async () => {
  const { page, troubles, close } = await alone(browser, site, `preset="tcp-upper"`);
  const scope = await figure(page);
  await scope.getByRole("tab", { name: "States" }).click();
  await scope.locator("svg.stage").waitFor();
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

test("the window and the graphs tell the numbers of the moment, of the connection that is chosen", async () => {
  const { page, troubles, close } = await alone(browser, site, `preset="tcp-three-clients" view="window" at="0.5"`);
  const scope = await figure(page);
  const title = () => scope.locator("svg.stage .row-name").first().textContent();
  const choice = scope.locator(".choice select");
  assert.equal(await choice.locator("option").count(), 6, "both directions of three connections");
  const client = await title();
  assert.match(client, /client-\d sends/);
  await choice.selectOption({ index: 3 });
  assert.match(await title(), /sends/);
  assert.notEqual(await title(), client);
  const una = () => scope.locator("svg.stage .tile-value").first().textContent();
  await scope.evaluate((element) => { element.position = 0; });
  assert.match(await una(), /^–/);
  await scope.evaluate((element) => { element.position = 1; });
  assert.match(await una(), /^\d/);
  await scope.getByRole("tab", { name: "Graphs" }).click();
  assert.equal(await choice.evaluate((select) => select.selectedIndex), 3, "the choice stays");
  assert.match(await scope.locator("svg.stage").textContent(), /cwnd [\d\u202f]+/);
  await scope.locator("svg.stage .g-segment[data-packet]").first().click({ force: true });
  await scope.getByRole("region", { name: "Packet" }).waitFor();
  assert.deepEqual(troubles, []);
  await close();
});

test("inside the hosts: the socket table, and the packet that finds its row", async () => {
  const { page, troubles, close } = await alone(browser, site, `preset="udp-upper" view="inside" at="1"`);
  const scope = await figure(page);
  const text = () => scope.locator("svg.stage").textContent();
  assert.match(await text(), /Recv-Q 0/);
  assert.match(await text(), /0\.0\.0\.0:12000/);
  await scope.evaluate((element) => { element.position = 0; });
  let found = false;
  for (let n = 0; n < 60 && !found; n++) {
    await scope.locator("[data-do=event-on]").click();
    found = /is found by its port/.test(await text());
  }
  assert.ok(found, "the datagram finds the socket by its port");
  assert.equal(await scope.locator("svg.stage .socket-row.lit").count(), 1);
  await scope.locator("svg.stage .packet[data-packet]").first().click({ force: true });
  await scope.getByRole("region", { name: "Packet" }).waitFor();
  assert.deepEqual(troubles, []);
  await close();
});

test("the ladder is stretched by keys, buttons and the wheel, and what the reader looks at stays", async () => {
  const { page, troubles, close } = await alone(browser, site, `preset="shared-bottleneck" view="ladder" at="0.5"`);
  const scope = await figure(page);
  const height = () => scope.locator("svg.ladder").evaluate((svg) => Number(svg.getAttribute("height")));
  const cursor = () => scope.locator(".now > div").evaluate((line) => line.getBoundingClientRect().top);
  const before = await height();
  await scope.getByRole("button", { name: "Stretch time" }).click();
  assert.ok(await height() > before + 100);
  await scope.locator(".ladder-box").focus();
  await page.keyboard.press("-");
  assert.ok(Math.abs(await height() - before) < 2, "back again");
  for (let n = 0; n < 5; n++) await page.keyboard.press("-");
  const small = await height();
  assert.ok(small < before / 2, "the whole run at a glance");
  await scope.locator(".ladder-box").hover();
  const there = await cursor();
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, -300);
  await page.keyboard.up("Control");
  await page.waitForFunction(([svg, small]) => Number(svg.getAttribute("height")) > small,
    [await scope.locator("svg.ladder").elementHandle(), small]);
  assert.ok(Math.abs(await cursor() - there) < 900, "the cursor is not far from where it was");
  assert.deepEqual(troubles, []);
  await close();
});

test("the ladder shows one conversation of many", async () => {
  const { page, troubles, close } = await alone(browser, site, `preset="tcp-three-clients" view="ladder" at="1"`);
  const scope = await figure(page);
  const hosts = () => scope.locator("svg.ladder-head .host-name").allTextContents();
  assert.deepEqual(await hosts(), ["client-1", "client-2", "client-3", "server"]);
  await scope.getByLabel("What the ladder shows").selectOption({ index: 2 });
  assert.deepEqual(await hosts(), ["client-2", "server"]);
  assert.ok(await scope.locator("svg.ladder .arrow").count() > 5);
  await scope.getByLabel("What the ladder shows").selectOption({ index: 0 });
  assert.equal((await hosts()).length, 4);
  assert.deepEqual(troubles, []);
  await close();
});

test("the story is a table; rows and milestones are gone to by click and by keys", async () => {
  const { page, troubles, close } = await alone(browser, site, `preset="lossy-transfer" view="story" at="0.5"`);
  const scope = await figure(page);
  const [stops, events] = [scope.getByRole("table", { name: "Milestones" }), scope.getByRole("table", { name: "Every event" })];
  const told = () => scope.locator(".story").textContent();
  const current = (table) => table.locator("[aria-current] td").last().textContent();
  assert.equal(await current(events), await told());
  assert.ok(await events.locator("tbody tr").count() < 200, "but a stretch of it stands in the document");
  await events.locator("tbody tr").nth(3).click();
  assert.equal(await current(events), await told());
  const row = await events.locator("[aria-current]").getAttribute("aria-rowindex");
  await page.keyboard.press("Escape");
  await events.locator("[aria-current]").focus();
  await page.keyboard.press("ArrowDown");
  assert.equal(await events.locator("[aria-current]").getAttribute("aria-rowindex"), String(Number(row) + 1));
  await stops.locator("tbody tr").nth(1).click();
  assert.equal(await current(stops), await told());
  assert.equal(await current(events), await told());
  await scope.evaluate((element) => { element.position = 1; });
  assert.match(await current(events), /over|left to happen/);
  assert.deepEqual(troubles, []);
  await close();
});

test("a page without the programs has none in any picture", async () => {
  const { page, close } = await alone(browser, site, `preset="tcp-upper" programs="none"`);
  const scope = await figure(page);
  for (const view of ["both", "ladder", "network", "states", "inside", "window", "graphs", "story"]) {
    await scope.evaluate((element, view) => element.setAttribute("view", view), view);
    assert.equal(await scope.locator(".programs").isVisible(), false, view);
  }
  await close();
});

test("the variables of a program have the values of the moment", async () => {
  const { page, troubles, close } = await alone(browser, site, `preset="tcp-upper"`);
  const scope = await figure(page);
  const held = () => scope.locator("[aria-label='Variables of tcp-upper-client']").evaluate((list) =>
    Object.fromEntries([...list.querySelectorAll("dt")].map((term) => [term.textContent, term.nextSibling.textContent])));
  await scope.evaluate((element) => { element.position = 1; });
  assert.deepEqual(await held(), { client: "fd 3", message: "'hello'", port: "12000", reply: "'HELLO'", server: "'server'" });
  await scope.evaluate((element) => { element.position = 0.3; });
  assert.equal((await held()).reply, undefined, "nothing has arrived yet");
  assert.deepEqual(troubles, []);
  await close();
});

for (const colorScheme of ["light", "dark"]) {
  test(`no picture has an accessibility fault in ${colorScheme}`, async () => {
    const { page, close } = await alone(browser, site, `preset="tcp-upper" at="0.5"`, { colorScheme });
    const scope = await figure(page);
    for (const tab of await scope.getByRole("tab").all()) {
      await tab.click();
      assert.deepEqual(await faults(page), [], await tab.textContent());
    }
    await close();
  });
}
