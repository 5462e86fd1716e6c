// What readers do to a run: forks, interventions, parameters; and the laboratory.

import assert from "node:assert/strict";
import { test } from "node:test";
import { alone, faults, figure, open, stage } from "./site.mjs";

const { site, browser } = await stage();

const fingerprint = (scope) => scope.evaluate((element) => element.fingerprint);
const story = (scope) => scope.locator(".story").textContent();
const cursor = (scope, panel) => scope.locator(`${panel} .now .cursor-time`).textContent();

const healthy = async (page) => assert.deepEqual(await faults(page), []);

/** Opens the card of the packet whose label has these words. */
async function card(scope, words) {
  // Of a long ladder only what is near is painted.
  await scope.evaluate(async (element, words) => {
    element.position = 1;
    const box = element.shadowRoot.querySelector(".pictures:not(.original) .ladder-box");
    const there = () => [...box.querySelectorAll("text[data-packet]")].some((label) => label.textContent.includes(words));
    for (let n = 0; n < 100 && (n < 5 || !there()); n++) {
      box.scrollTop = 0;
      await new Promise((done) => setTimeout(done, 40));
    }
  }, words);
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
  const lines = await scope.locator(".now > div").evaluateAll((all) => all.map((line) => line.getBoundingClientRect().top));
  assert.ok(lines.length === 2 && Math.abs(lines[0] - lines[1]) < 2, `what happens at a time stands side by side: ${lines}`);
  assert.equal(await scope.locator(".original svg.ladder .cross").count(), 0);
  // What happened in the original is told there.
  await scope.locator(".original svg.ladder text[data-packet]", { hasText: "5 bytes" }).first().click({ force: true });
  const there = scope.locator(".original").getByRole("region", { name: "Packet" });
  assert.match(await there.textContent(), /reaches server/);
  assert.equal(await there.getByRole("button", { name: "Drop" }).count(), 0, "nothing is done to what has been");
  await there.getByRole("button", { name: /calls send/ }).click();
  assert.match(await story(scope), /calls send/, "both go to the moment");
  await there.getByRole("button", { name: "Close the packet" }).press("Escape");
  assert.equal(await there.isVisible(), false);
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

/** The laboratory, ready. */
async function laboratory(hash = "", options = {}) {
  const opened = await open(browser, `${site.address}lab.html${hash}`, options);
  await opened.page.waitForSelector("html[ready]");
  const scope = await figure(opened.page);
  const text = opened.page.getByRole("textbox", { name: "The scenario as JSON" });
  const verdict = opened.page.locator(".verdict");
  await opened.page.waitForFunction(() => document.querySelector("textarea").value !== "");
  return { ...opened, scope, text, verdict };
}

test("the laboratory shows an example, and another one when it is chosen", async () => {
  const { page, troubles, scope, text, close } = await laboratory("#udp-upper");
  assert.match(await text.inputValue(), /udp-upper-client/);
  const first = await fingerprint(scope);
  await healthy(page);
  const picker = page.getByLabel("Example");
  assert.ok(await picker.locator("optgroup").count() >= 5, "grouped by what they show");
  await picker.selectOption("tcp-syn-lost");
  await page.waitForFunction(() => document.querySelector("textarea").value.includes("interventions"));
  assert.notEqual(await fingerprint(scope), first);
  assert.match(page.url(), /#tcp-syn-lost$/);
  assert.deepEqual(troubles, []);
  await close();
});

test("the text of the scenario is run while it is typed, and a mistake is told at its place", async () => {
  const { page, troubles, scope, text, verdict, close } = await laboratory();
  const before = await fingerprint(scope);
  const whole = await text.inputValue();
  await text.fill(whole.replace('"20ms"', '"45ms"'));
  await page.waitForFunction(([element, print]) => element.fingerprint !== print, [await scope.elementHandle(), before]);
  const slow = await fingerprint(scope);
  const delay = page.getByLabel("Delay of client – server");
  assert.equal(await delay.inputValue(), "45ms", "the builder has it too");
  // Wrong: the last run stays.
  await text.fill(whole.replace('"20ms"', '"soon"'));
  await verdict.filter({ hasText: "is not a length of time" }).waitFor();
  const line = whole.slice(0, whole.indexOf('"20ms"')).split("\n").length;
  assert.match(await verdict.textContent(), new RegExp(`Line ${line}, column \\d+:links\\[0\\]\\.both\\.delay: "soon"`));
  assert.equal(await page.locator(".text pre span").nth(line - 1).getAttribute("class"), "wrong");
  assert.equal(await fingerprint(scope), slow);
  await healthy(page);
  await verdict.getByRole("button").click();
  assert.equal(await text.evaluate((area) => area.value.slice(area.selectionStart, area.selectionStart + 5)), '"soon');
  await text.fill(whole.slice(0, -4));
  await verdict.filter({ hasText: /^Line \d+/ }).waitFor();
  // Formatting, and the way back by the keys of the text itself.
  await text.fill(whole.replaceAll("\n", " "));
  await page.getByRole("button", { name: "Format" }).click();
  assert.equal(await text.inputValue(), whole);
  await text.press("Control+z");
  assert.ok(!(await text.inputValue()).trim().includes("\n"));
  await page.waitForFunction(([element, print]) => element.fingerprint === print, [await scope.elementHandle(), before]);
  assert.deepEqual(troubles, []);
  await close();
});

test("hosts, links and programs are added, changed and removed, and the text is in step", async () => {
  const { page, troubles, scope, text, verdict, close } = await laboratory("#udp-upper");
  const scenario = async () => JSON.parse(await text.inputValue());
  await page.getByRole("button", { name: "Add a host" }).click();
  assert.deepEqual((await scenario()).links.at(-1).between, ["client", "host1"]);
  assert.equal(await scope.locator("svg.network .machine").count(), 3);
  await page.getByRole("button", { name: "Add a program" }).click();
  const program = page.getByLabel("Program of host1");
  await program.selectOption("udp-upper-client");
  await page.getByLabel("server of udp-upper-client").last().fill("server");
  await page.getByLabel("server of udp-upper-client").last().press("Tab");
  await page.getByLabel("message of udp-upper-client").last().fill("from afar");
  await page.getByLabel("message of udp-upper-client").last().press("Enter");
  assert.equal((await scenario()).programs.at(-1).args.message, "from afar");
  await page.getByLabel("Name of host1").fill("guest");
  await page.getByLabel("Name of host1").press("Enter");
  assert.equal((await scenario()).programs.at(-1).host, "guest");
  await page.getByLabel("Addresses of guest").fill("10.0.0.77, fd00::77");
  await page.getByLabel("Addresses of guest").press("Enter");
  await page.getByLabel("Profile of guest").selectOption("linux");
  assert.deepEqual((await scenario()).hosts.at(-1), { name: "guest", addresses: ["10.0.0.77", "fd00::77"], profile: "linux" });
  assert.match(await scope.locator("svg.network").textContent(), /10\.0\.0\.77/);
  // What makes no sense is told by the engine at its place, and the run stays.
  const print = await fingerprint(scope);
  await page.getByLabel("Name of guest").fill("a b");
  await page.getByLabel("Name of guest").press("Enter");
  assert.match(await verdict.textContent(), /Line \d+.*"a b" is no name/);
  assert.equal(await fingerprint(scope), print);
  await page.getByLabel("Name of a b").fill("guest");
  await page.getByLabel("Name of a b").press("Enter");
  await page.getByRole("button", { name: "Remove guest", exact: true }).click();
  const left = await scenario();
  assert.deepEqual([left.hosts.length, left.links.length, left.programs.length], [2, 1, 2]);
  await page.getByRole("button", { name: "Add a switch" }).click();
  await page.getByRole("button", { name: "Add a router" }).click();
  assert.equal(await scope.locator("svg.network .machine").count(), 4);
  // What is done in the figure stands in the text, and is undone there.
  await (await card(scope, "datagram")).getByRole("button", { name: "Drop" }).click();
  assert.equal((await scenario()).interventions.length, 1);
  await scope.getByRole("button", { name: "Undo" }).click();
  assert.equal((await scenario()).interventions, undefined);
  assert.deepEqual(troubles, []);
  await close();
});

test("traces, captures, scripts and scenarios open by button and by dropping; a bad file leaves the run", async () => {
  const { page, troubles, scope, text, close } = await laboratory();
  const before = await fingerprint(scope);
  const about = page.locator("#about");
  const give = (name, content) => page.locator("#file").setInputFiles({ name, mimeType: "", buffer: Buffer.from(content) });
  await give("bad.jsonl", '{"format":"no"');
  assert.match(await page.locator(".lab > .trouble").textContent(), /bad\.jsonl, line 1/);
  assert.equal(await fingerprint(scope), before);
  const script = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n"
    + "+0 < S 0:0(0) win 1000 <mss 1000>\n+0 > S. 0:0(0) ack 1 <...>\n";
  await give("accept.pkt", script);
  await about.filter({ hasText: "accept.pkt is open. everything is as the script says." }).waitFor();
  assert.equal(await page.locator(".lab > .trouble").isVisible(), false);
  assert.match(await scope.locator("svg.ladder").innerHTML(), /SYN/);
  assert.equal(await text.isDisabled(), true, "there is no scenario");
  await healthy(page);
  // By dropping.
  const dropped = await page.evaluateHandle(async () => {
    const data = new DataTransfer();
    const packets = new Uint8Array([...new Uint8Array(new Uint32Array([0xa1b2c3d4, 0x00040002, 0, 0, 65535, 101, 1, 0, 33, 33]).buffer),
      0x45, 0, 0, 33, 0, 0, 0, 0, 64, 17, 0x66, 0xca, 10, 0, 0, 1, 10, 0, 0, 2, 0x30, 0x39, 0x2e, 0xe0, 0, 13, 0, 0, 104, 101, 108, 108, 111]);
    data.items.add(new File([packets], "one.pcap"));
    return data;
  });
  await page.dispatchEvent("body", "dragover", { dataTransfer: dropped });
  assert.equal(await page.locator(".dropping").isVisible(), true);
  await page.dispatchEvent("body", "drop", { dataTransfer: dropped });
  await about.filter({ hasText: "one.pcap is open." }).waitFor();
  assert.match(await scope.locator("svg.ladder").innerHTML(), /inferred/, "what is inferred is marked");
  await give("mine.json", '{ "title": "mine", "hosts": [{ "name": "alone" }] }');
  await about.filter({ hasText: "mine.json is open." }).waitFor();
  assert.match(await text.inputValue(), /"alone"/);
  await page.getByLabel("Example").selectOption("tcp-upper");
  await page.waitForFunction(([element, print]) => element.fingerprint === print, [await scope.elementHandle(), before]);
  assert.deepEqual(troubles, []);
  await close();
});

test("the laboratory fits a small telephone, in the dark", async () => {
  const { page, close } = await laboratory("", { viewport: { width: 360, height: 740 }, hasTouch: true, colorScheme: "dark" });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 360);
  await healthy(page);
  await close();
});

test("the words of the laboratory are German where the reader is", async () => {
  const { page, close } = await open(browser, `${site.address}lab.html`, { locale: "de-DE" });
  await page.waitForSelector("html[ready]");
  assert.equal(await page.locator("h1").textContent(), "Das Socket-Labor");
  assert.equal(await page.getByRole("button", { name: "Rechner hinzufügen" }).count(), 1);
  await close();
});

test("who only watches fetches nothing more; who comes near a slider has the way back from it", async () => {
  const { page, troubles, close } = await alone(browser, site, `preset="udp-upper" at="0"`);
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  const scope = await figure(page);
  await scope.getByRole("button", { name: "Play", exact: true }).click();
  await scope.evaluate((element) => new Promise((ended) => { element.addEventListener("end", ended); element.setAttribute("speed", "4"); }));
  assert.deepEqual(asked.filter((url) => url.endsWith(".js")), []);
  await scope.locator("[data-knob=loss]").fill("20");
  await scope.getByRole("button", { name: "Undo (Ctrl+Z)" }).click();
  assert.equal(await scope.locator("[data-knob=loss]").inputValue(), "0");
  assert.deepEqual(troubles, []);
  await close();
});

test("what a preset does to its run is listed, and nothing moves when the list comes", async () => {
  const { page, troubles, close } = await alone(browser, site, `preset="tcp-segment-lost"`);
  let letThrough;
  const measured = new Promise((resolve) => { letThrough = resolve; });
  await page.route("**/sockscope-desk-*", (route) => measured.then(() => route.continue()));
  await page.reload();
  const scope = await figure(page);
  const place = () => scope.locator(".transport").evaluate((row) => row.getBoundingClientRect().top + scrollY);
  await scope.locator(".changes").waitFor();
  const before = await place();
  letThrough();
  await scope.getByRole("list", { name: "What you do in this run" }).waitFor();
  assert.equal(await place(), before);
  assert.deepEqual(troubles, []);
  await close();
});
