// The page of `sockscope serve --live`: real programs, started and stopped from a browser, drawn while they run.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { browse, DIST, faults, figure, open } from "./site.mjs";

let browser;
const children = [];

before(async () => { browser = await browse(); });
after(async () => {
  // A test that failed has left its server, and a server that runs keeps this process from its end.
  children.forEach((child) => child.kill());
  await browser?.close();
});

/** A live server of its own, at the address that it prints. */
async function live(...more) {
  const command = ["run", "--quiet", "--package", "sockscope", "--", "serve", "--live", "--dir", DIST, ...more];
  const child = spawn("cargo", command, { cwd: join(DIST, "../.."), stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const [address] = await once(createInterface(child.stdout), "line");
  return { address, close: () => child.kill("SIGINT") };
}

/** Starts a scenario; the article of its run. */
async function start(page, what, { driver = "std", atOnce = true } = {}) {
  await page.locator("#what:has(option)").selectOption(what);
  await page.locator(`[name=driver][value=${driver}]`).check();
  if (!atOnce) await page.getByLabel("Start clients at once").uncheck();
  const before = await page.locator("article").count();
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await page.waitForFunction((count) => document.querySelectorAll("article").length > count, before);
  return page.locator("article").first();
}

/** Waits until the ladder of a run shows a text. */
async function shows(page, text) {
  await page.waitForFunction((text) => document.querySelector("article sock-scope")?.shadowRoot
    ?.querySelector("svg.ladder")?.textContent.includes(text), text);
}

test("a run grows while it happens, and its programs are started and stopped one by one", async () => {
  const server = await live();
  const { page, troubles, close } = await open(browser, server.address);
  for (const driver of ["std", "tokio"]) {
    const run = await start(page, "scenario:tcp-upper", { driver, atOnce: false });
    const scope = await figure(page);
    await shows(page, "listen");
    const ladder = () => scope.locator("svg.ladder").textContent();
    assert.doesNotMatch(await ladder(), /connect/);
    assert.match(await ladder(), /not visible here/, "what nobody sees is said in its place");
    await run.getByRole("button", { name: "Start client" }).click();
    await shows(page, "connect");
    await run.locator("li[data-phase=ended]").filter({ hasText: "finished" }).waitFor();
    assert.match(await scope.locator("output").filter({ hasText: "HELLO" }).textContent(), /HELLO/);
    await run.getByRole("button", { name: "Stop server" }).click();
    await run.locator(".state").filter({ hasText: "over after" }).waitFor();
    assert.equal(await run.locator("li").filter({ hasText: "stopped" }).count(), 1);
    assert.equal(await run.getByRole("button", { name: "End the run" }).isVisible(), false);
  }
  assert.deepEqual(troubles, []);
  await close();
  server.close();
});

test("with --capture the kernel's own segments stand between the calls", { skip: process.getuid() !== 0 && "it takes root" }, async () => {
  const server = await live("--capture");
  const { page, troubles, close } = await open(browser, server.address);
  const run = await start(page, "scenario:tcp-upper");
  const scope = await figure(page);
  await shows(page, "Captured: an arrow stands where its packet passed.");
  await run.locator("li[data-phase=ended]").filter({ hasText: "finished" }).waitFor();
  // Somewhere on the way: how many calls come before the handshake is the system's business.
  const ladder = scope.locator("svg.ladder");
  for (let part = 0; !(await ladder.textContent()).includes("SYN ACK") && part < 1; part += 0.1) {
    await scope.evaluate((element, part) => { element.position = part; }, part);
  }
  await shows(page, "SYN ACK");
  const second = await start(page, "scenario:udp-upper");
  await shows(page, "datagram");
  await second.getByRole("button", { name: "End the run" }).click();
  await page.locator("article").nth(1).getByRole("button", { name: "End the run" }).click();
  assert.deepEqual(troubles, []);
  await close();
  server.close();
});

test("a reader who has gone back stays where he is while the run goes on", async () => {
  const server = await live();
  const { page, close } = await open(browser, server.address);
  const run = await start(page, "scenario:udp-upper", { atOnce: false });
  const scope = await figure(page);
  await shows(page, "recvfrom");
  await scope.evaluate((element) => { element.position = 0; });
  const story = await scope.locator(".story").textContent();
  await run.getByRole("button", { name: "Start client" }).click();
  await shows(page, "sendto");
  assert.equal(await scope.evaluate((element) => element.position), 0);
  assert.equal(await scope.locator(".story").textContent(), story);
  await close();
  server.close();
});

test("a stream that is lost is said, tried again, and nothing is missing; who comes late sees everything", async () => {
  const server = await live();
  const direct = new URL(server.address);
  // A wire that can be cut.
  const pairs = new Set();
  let cut = false;
  const wire = createServer((near) => {
    if (cut) return near.destroy();
    const far = connect(direct.port, "127.0.0.1");
    for (const [one, other] of [[near, far], [far, near]]) {
      pairs.add(one);
      one.pipe(other);
      one.on("error", () => other.destroy());
    }
  });
  await once(wire.listen(0, "127.0.0.1"), "listening");
  const address = server.address.replace(direct.host, `127.0.0.1:${wire.address().port}`);
  const { page, close } = await open(browser, address);
  const run = await start(page, "scenario:tcp-upper", { atOnce: false });
  await figure(page);
  await shows(page, "listen");
  cut = true;
  pairs.forEach((end) => end.destroy());
  await run.locator(".state").filter({ hasText: "connection lost, trying again" }).waitFor();
  const client = new URL("/live/runs/0/programs/0/start" + direct.search, direct);
  assert.equal((await fetch(client, { method: "POST" })).status, 200);
  cut = false;
  await shows(page, "connect");
  await run.locator(".state").filter({ hasText: "running" }).waitFor();

  const late = await open(browser, server.address);
  await figure(late.page);
  await shows(late.page, "connect");
  const of = (page) => page.locator("sock-scope").evaluate((element) => element.fingerprint);
  assert.equal(await of(late.page), await of(page));
  await late.close();
  await close();
  wire.close();
  server.close();
});

test("a page without the token says what to do, and starts nothing", async () => {
  const server = await live();
  const { page, close } = await open(browser, server.address.replace(/token=.*/, "token=guess"));
  assert.match(await page.getByRole("alert").filter({ hasText: "token" }).textContent(), /open the address/);
  assert.equal(await page.getByRole("button", { name: "Start", exact: true }).isEnabled(), false);
  await close();
  server.close();
});

test("it works by keyboard alone, on a telephone, and passes axe in light and dark", async () => {
  const server = await live();
  for (const colorScheme of ["light", "dark"]) {
    const size = { viewport: { width: 360, height: 740 } };
    const { page, close } = await open(browser, server.address, colorScheme === "light" ? { colorScheme } : { colorScheme, ...size });
    await page.locator("#what:has(option)").focus();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await figure(page);
    await page.locator("#what").selectOption("program:tcp-retry-client");
    assert.deepEqual(await faults(page), []);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing is too wide");
    await close();
  }
  server.close();
});
