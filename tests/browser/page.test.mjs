// The first page, and a figure as its readers use it.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { alone, DIST, faults, figure, open, serve, stage } from "./site.mjs";

const FIGURES = 1;
const UDP = `preset="udp-upper" at="0.62"`;
const TCP = `preset="tcp-upper" at="0.45"`;
const { site, browser } = await stage();

/** The picture as the reader sees it: every element of both drawings with its attributes. */
const picture = (scope) => scope.evaluate((element) =>
  [...element.shadowRoot.querySelectorAll("svg.scene")].map((svg) => svg.innerHTML).join("\n"));
const position = (scope) => scope.evaluate((element) => element.position);
const fingerprint = (scope) => scope.evaluate((element) => element.fingerprint);

async function slide(scope, knob, value) {
  await scope.locator(`[data-knob=${knob}]`).evaluate((input, value) => {
    input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }, String(value));
}

test("every figure draws and plays, and nothing goes wrong on the page", async () => {
  const { page, troubles, close } = await open(browser, site.address);
  assert.equal(await page.locator("section > sock-scope").count(), FIGURES);
  for (let n = 0; n < FIGURES; n++) {
    const scope = await figure(page, n);
    await scope.evaluate((element) => { element.position = 0; });
    const before = await picture(scope);
    assert.match(before, /<(line|path|rect|circle)/, `figure ${n} is drawn`);
    await scope.getByRole("button", { name: "Play", exact: true }).click();
    await page.waitForFunction((element) => element.position > 0.05, await scope.elementHandle());
    assert.notEqual(await picture(scope), before, `figure ${n} moves`);
    await scope.getByRole("button", { name: "Pause" }).click();
  }
  assert.deepEqual(troubles, []);
  await close();
});

test("a step on and a step back show the same picture", async () => {
  const { page, close } = await alone(browser, site, TCP);
  const scope = await figure(page);
  for (const kind of ["event", "milestone"]) {
    await scope.evaluate((element) => { element.position = 0; });
    await scope.locator(`[data-do=${kind}-on]`).click();
    await scope.locator(`[data-do=${kind}-on]`).click();
    const before = await picture(scope);
    await scope.locator(`[data-do=${kind}-on]`).click();
    assert.notEqual(await picture(scope), before);
    await scope.locator(`[data-do=${kind}-back]`).click();
    assert.equal(await picture(scope), before);
  }
  await close();
});

test("the sliders change the run, and the same settings give the same run", async () => {
  const { page, close } = await alone(browser, site, TCP);
  const scope = await figure(page);
  const clean = await fingerprint(scope);
  await slide(scope, "loss", 40);
  const lossy = await fingerprint(scope);
  assert.notEqual(lossy, clean);
  await scope.evaluate((element) => { element.position = 1; });
  assert.ok(await scope.locator("svg.ladder .cross").count() > 0, "losses are drawn");
  await scope.locator("[data-do=dice]").click();
  assert.notEqual(await fingerprint(scope), lossy);
  await slide(scope, "loss", 0);
  await scope.locator(".seed").fill("1");
  await scope.locator(".seed").press("Enter");
  const again = await fingerprint(scope);
  await scope.locator(".seed").fill("2");
  await scope.locator(".seed").press("Enter");
  await scope.locator(".seed").fill("1");
  await scope.locator(".seed").press("Enter");
  assert.equal(await fingerprint(scope), again);
  await scope.locator(".seed").fill("a horse");
  await scope.locator(".seed").press("Enter");
  assert.match(await scope.getByRole("alert").textContent(), /seed/);
  await close();
});

test("a click on a packet opens its card", async () => {
  const { page, close } = await alone(browser, site, TCP);
  const scope = await figure(page);
  await scope.evaluate((element) => { element.position = 1; });
  await scope.locator("svg.ladder text[data-packet]").first().click({ force: true });
  const card = scope.getByRole("region", { name: "Packet" });
  assert.match(await card.textContent(), /Destination port/);
  assert.match(await card.locator("a").first().getAttribute("href"), /^https:\/\/www\.rfc-editor\.org\/rfc\/rfc\d+/);
  assert.match(await card.getByRole("table", { name: "Control blocks" }).textContent(), /client sends.*SND\.NXT/);
  const [bytes, lit] = [card.getByRole("group", { name: "Bytes" }), card.locator("tr.lit").first()];
  await bytes.locator("span").nth(0).hover();
  assert.match(await lit.textContent(), /Version/i, "a byte lights its field");
  await card.getByRole("row", { name: "Destination port" }).click();
  assert.equal(await bytes.locator(".lit").allTextContents().then((all) => all.join("").trim()), "2e e0", "a field lights its bytes");
  const meaning = card.locator("tr", { hasText: "Destination port" }).locator(".meaning");
  assert.ok((await meaning.boundingBox()).height > 10, "and tells what it means");
  assert.equal(await card.locator("tr.kept").count(), 1, "of this field alone");
  await bytes.focus();
  await page.keyboard.press("ArrowUp");
  assert.match(await lit.textContent(), /Reserved/, "keys move the light");
  await card.getByRole("button", { name: /line \d+:/ }).click();
  assert.match(await scope.locator(".programs li.pointed").textContent(), /connect/, "the line that led to it");
  await card.getByRole("button", { name: /calls connect/ }).click();
  assert.match(await scope.locator(".story").textContent(), /calls/, "the call that led to it");
  await page.setViewportSize({ width: 320, height: 800 });
  assert.ok(await card.evaluate((box) => box.scrollWidth <= box.clientWidth), "nothing on the card is wider than it");
  assert.ok(await bytes.evaluate((box) => box.scrollWidth <= box.clientWidth), "nor are its bytes");
  await bytes.locator("span").nth(2).click();
  await page.keyboard.press("ArrowDown");
  assert.equal(await bytes.locator("span").evaluateAll((all) => all.findIndex((byte) => byte.classList.contains("lit"))), 10,
    "a line has eight of them, for keys too");
  await card.getByRole("button", { name: "Close the packet" }).press("Escape");
  assert.equal(await card.isVisible(), false);
  await close();
});

test("a click on a call goes to its moment", async () => {
  const { page, close } = await alone(browser, site, UDP);
  const scope = await figure(page);
  await scope.evaluate((element) => { element.position = 1; });
  await scope.locator("svg.ladder text[data-event]").filter({ hasText: "sendto" }).first().click({ force: true });
  const there = await position(scope);
  assert.ok(there > 0 && there < 1);
  assert.match(await scope.locator(".story").textContent(), /sendto/);
  await close();
});

test("the names of the lanes stay in sight, and of a long ladder only what is near is painted", async () => {
  const { page, troubles, close } = await alone(browser, site, `preset="file-transfer" at="0"`);
  const scope = await figure(page);
  const ladder = () => scope.evaluate((element) => {
    const [box, head, svg] = [".ladder-box", ".ladder-head", ".ladder"].map((name) => element.shadowRoot.querySelector(name));
    const heights = [...svg.querySelectorAll("text[y]")].map((text) => Number(text.getAttribute("y")));
    return {
      aside: head.getBoundingClientRect().top - box.getBoundingClientRect().top, seen: box.scrollTop,
      names: head.textContent, marks: svg.querySelectorAll("*").length, lowest: Math.max(...heights),
    };
  });
  for (const place of [0, 0.5, 1]) {
    await scope.evaluate((element, place) => { element.position = place; }, place);
    const { aside, seen, names, marks, lowest } = await ladder();
    assert.equal(aside, 0);
    assert.match(names, /client.*server.*:\d+/);
    assert.ok(marks < 3000, `${marks} elements`);
    assert.ok(lowest > seen, "what is seen is painted");
  }
  assert.deepEqual(troubles, []);
  await close();
});

test("a figure that cannot be made says why in its place", async () => {
  for (const [attributes, why] of [
    [`preset="nonsense"`, /no preset nonsense; there are udp-upper/],
    [`scenario='{"hosts": 3}'`, /the scenario: .*hosts/],
    [`trace="nowhere.jsonl"`, /nowhere.jsonl: 404/],
  ]) {
    const { page, close } = await alone(browser, site, attributes);
    await assert.rejects(figure(page), why);
    assert.equal(await page.locator("sock-scope button:visible").count(), 0);
    await close();
  }
});

test("a figure shows the run that was asked for last, though another comes later", async () => {
  const { page, close } = await alone(browser, site, `preset="udp-upper"`);
  const scope = await figure(page);
  let come;
  const late = new Promise((comes) => (come = comes));
  await page.route("**/late.jsonl", async (route) => {
    await late;
    await route.fulfill({ status: 404 });
  });
  const asked = page.waitForRequest("**/late.jsonl");
  await scope.evaluate((element) => element.setAttribute("trace", "late.jsonl"));
  await asked;
  await scope.evaluate((element) => {
    element.setAttribute("preset", "tcp-upper");
    element.removeAttribute("trace");
  });
  await scope.locator(".programs", { hasText: "tcp-upper-client" }).waitFor();
  const answered = page.waitForResponse("**/late.jsonl");
  come();
  await answered;
  await page.evaluate(() => new Promise((painted) => requestAnimationFrame(() => setTimeout(painted))));
  assert.equal(await scope.getByRole("alert").isVisible(), false);
  assert.ok(await scope.locator(".programs", { hasText: "tcp-upper-client" }).isVisible());
  await close();
});

test("a run over real sockets stands beside the simulated one, and shows only what was seen", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sockscope-"));
  const file = join(folder, "udp.jsonl");
  const command = ["run", "--quiet", "--package", "sockscope", "--", "run", "udp", "--timeout", "20s", "--record", file];
  execFileSync("cargo", command, { cwd: join(DIST, "../.."), stdio: "ignore" });
  const { page, close } = await open(browser, "about:blank");
  await page.route("**/recorded/index.json", (route) => route.fulfill({ json: ["udp.jsonl"] }));
  await page.route("**/recorded/udp.jsonl", (route) => route.fulfill({ path: file }));
  await page.goto(site.address);
  await page.locator(".recordings sock-scope").nth(1).waitFor({ state: "attached" });
  const [simulated, recorded] = [await figure(page, FIGURES), await figure(page, FIGURES + 1)];
  assert.ok(await simulated.locator("svg.ladder .arrow").count() > 0);
  assert.equal(await recorded.locator("svg.ladder .arrow").count(), 0);
  assert.match(await recorded.locator("svg.ladder").textContent(), /not visible here/);
  assert.match(await recorded.locator("svg.ladder").textContent(), /recvfrom/);
  assert.equal(await recorded.locator(".knobs").isVisible(), false);
  await close();
  await rm(folder, { recursive: true });
});

test("the line that a program executes is marked in both languages", async () => {
  const { page, close } = await alone(browser, site, UDP);
  const scope = await figure(page);
  await scope.evaluate((element) => { element.position = 0.5; });
  const marked = () => scope.locator("li[aria-current=step]").allTextContents();
  const python = await marked();
  assert.ok(python.length > 0);
  await scope.getByRole("button", { name: "Rust" }).click();
  const rust = await marked();
  assert.equal(rust.length, python.length);
  assert.notDeepEqual(rust, python);
  await close();
});

test("programs lie below wide pictures side by side, over all of the width, and beside others as high as these", async () => {
  const { page, close } = await alone(browser, site, `preset="lossy-transfer" view="network"`);
  const scope = await figure(page);
  const edges = (selector) => scope.locator(selector).evaluateAll((all) => all.map((it) => {
    const { left, right, top, bottom } = it.getBoundingClientRect();
    return { left, right, top, bottom };
  }));
  const [[box], panes] = [await edges(".programs"), await edges(".programs > section")];
  assert.equal(panes.length, 2);
  assert.equal(panes[0].top, panes[1].top);
  assert.ok(Math.abs(panes[1].right - box.right) < 2 && panes[0].left - box.left < 2, JSON.stringify({ box, panes }));
  // In Python two strokes divide, and begin no comment.
  assert.deepEqual(await scope.locator(".programs .comment", { hasText: "16 + 1" }).count(), 0);
  await close();
  const tall = await alone(browser, site, `preset="shared-bottleneck" at="0.5"`);
  const [beside, pictures] = await (await figure(tall.page)).evaluate((element) => [".programs", ".pictures"].map((selector) =>
    element.shadowRoot.querySelector(selector).getBoundingClientRect()));
  assert.ok(Math.abs(beside.bottom - pictures.bottom) < 2, JSON.stringify({ beside, pictures }));
  await tall.close();
});

test("keys work while the figure has the focus, and only then", async () => {
  const { page, close } = await alone(browser, site, UDP);
  const scope = await figure(page);
  const start = await position(scope);
  await page.keyboard.press("ArrowRight");
  assert.equal(await position(scope), start);
  await scope.locator(".pictures").focus();
  await page.keyboard.press("Home");
  assert.equal(await position(scope), 0);
  await page.keyboard.press("Shift+ArrowRight");
  const first = await position(scope);
  assert.ok(first > 0);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowLeft");
  assert.equal(await position(scope), first);
  await page.keyboard.press("End");
  assert.equal(await position(scope), 1);
  await page.keyboard.press("Enter");
  await scope.getByRole("region", { name: "Packet" }).waitFor();
  await page.keyboard.press("Home");
  await page.keyboard.press(" ");
  await page.waitForFunction((element) => element.position > 0, await scope.elementHandle());
  await close();
});

test("readers who asked for less motion see jumps", async () => {
  const { page, close } = await alone(browser, site, UDP, { reducedMotion: "reduce" });
  const scope = await figure(page);
  await scope.evaluate((element) => { element.position = 0; });
  const steps = [];
  await page.exposeFunction("step", (position) => steps.push(position));
  await scope.evaluate((element) => {
    let last = element.position;
    const look = () => {
      if (element.position !== last) window.step(last = element.position);
      requestAnimationFrame(look);
    };
    look();
  });
  await scope.locator(".speed").selectOption("4");
  await scope.locator("[data-do=play]").click();
  await page.waitForFunction((element) => element.position === 1, await scope.elementHandle());
  assert.ok(steps.length < 60, `${steps.length} steps`);
  await close();
});

for (const colorScheme of ["light", "dark"]) {
  test(`no accessibility fault in ${colorScheme}`, async () => {
    const { page, close } = await alone(browser, site, UDP, { colorScheme });
    for (let n = 0; n < FIGURES; n++) await figure(page, n);
    const scope = await figure(page);
    await scope.evaluate((element) => { element.position = 1; });
    await scope.locator("svg.ladder text[data-packet]").first().click({ force: true });
    assert.deepEqual(await faults(page), []);
    await close();
  });
}

test("nothing is wider than a small telephone", async () => {
  const { page, close } = await open(browser, site.address, { viewport: { width: 360, height: 740 }, hasTouch: true });
  for (let n = 0; n < FIGURES; n++) await figure(page, n);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 360);
  const small = await page.locator("sock-scope button:visible").evaluateAll((buttons) =>
    buttons.map((button) => button.getBoundingClientRect()).filter((box) => box.width < 44 || box.height < 44).length);
  assert.equal(small, 0, "targets are large enough for a finger");
  await close();
});

test("the site works under any base path", async () => {
  const under = await serve("/x/y/");
  const { page, troubles, close } = await open(browser, under.address);
  assert.match(await picture(await figure(page)), /<text/);
  assert.deepEqual(troubles, []);
  await close();
  under.close();
});

test("the one-file form works without a server", async () => {
  const { page, troubles, close } = await open(browser, pathToFileURL(`${DIST}sockscope-single.html`).href);
  assert.match(await picture(await figure(page)), /<text/);
  assert.deepEqual(troubles, []);
  await close();
});
