// What hands a figure on: snippets, links and files.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { alone, browse, figure, open, serve } from "./site.mjs";

let site, browser;

before(async () => {
  site = await serve();
  browser = await browse();
});
after(async () => {
  await browser?.close();
  site?.close();
});

const PRESETS = readdirSync(new URL("../scenarios/", import.meta.url)).filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -5));
const state = (scope) => scope.evaluate((element) => [element.fingerprint, element.place]);

test("a link opens the same run at the same place, for every preset, in less than 2,000 characters", async () => {
  const { page, close } = await alone(browser, site, `preset="udp-upper" view="ladder"`);
  const scope = await figure(page);
  let longest = 0;
  for (const preset of PRESETS) {
    await scope.evaluate(async (element, preset) => {
      const ready = new Promise((there) => element.addEventListener("ready", there, { once: true }));
      element.setAttribute("preset", preset);
      await ready;
      element.setAttribute("view", "window");
    }, preset);
    await scope.locator("[data-knob=loss]").fill("7");
    await scope.locator(".seed").fill("18446744073709551615");
    await scope.locator(".seed").press("Enter");
    await scope.evaluate((element) => { element.seek("e9"); });
    const [link, before] = [await scope.evaluate((element) => element.link()), await state(scope)];
    longest = Math.max(longest, link.length);
    assert.ok(link.length < 2000, `${preset}: ${link.length} characters`);
    const other = await open(browser, link.replace(/^.*#/, `${site.address}figure.html#`));
    await other.page.waitForFunction((place) => document.querySelector("sock-scope").place === place, before[1]);
    const there = await figure(other.page);
    assert.deepEqual(await state(there), before, preset);
    assert.equal(await there.getAttribute("view"), "window");
    assert.deepEqual(other.troubles, [], preset);
    await other.close();
  }
  console.log(`    the longest link has ${longest} characters`);
  await close();
});

test("what was done to a packet is in the link", async () => {
  const { page, close } = await alone(browser, site, `preset="udp-upper"`);
  const scope = await figure(page);
  await scope.evaluate((element) => element.act({ name: "intervene", action: "drop", target: element.shadowRoot.querySelector("[data-packet]").dataset.packet, by: "" }));
  const [link, before] = [await scope.evaluate((element) => element.link()), await state(scope)];
  await page.goto("about:blank");
  const other = await open(browser, link.replace(/^.*#/, `${site.address}figure.html#`));
  await other.page.waitForFunction((print) => document.querySelector("sock-scope").fingerprint === print, before[0]);
  await other.close();
  await close();
});

test("the snippets make the figure that is shown", async () => {
  const { page, close } = await alone(browser, site, `preset="tcp-upper" seed="7" loop`);
  const scope = await figure(page);
  const read = async () => {
    await scope.getByRole("button", { name: "Put this figure into a page" }).click();
    await scope.locator("dialog[open]").waitFor();
    const texts = await scope.locator("dialog pre").allTextContents();
    await page.keyboard.press("Escape");
    await page.waitForFunction((element) => !element.shadowRoot.querySelector("dialog"), await scope.elementHandle());
    return texts;
  };
  assert.match((await read())[0], /<sock-scope preset="tcp-upper" seed="7" loop><\/sock-scope>/);
  await scope.locator("[data-knob=loss]").fill("20");
  const [html, fence] = await read();
  const { fingerprint } = await scope.evaluate((element) => ({ fingerprint: element.fingerprint }));
  for (const body of [html.replace(/<script src.*\n/, ""), `<pre><code class="language-sockscope">${fence.replace(/^```.*\n|```$/g, "")}</code></pre>`]) {
    await page.evaluate((body) => { document.querySelector("main").innerHTML = `<h1>Again</h1>${body}`; }, body);
    await page.locator("sock-scope").waitFor();
    assert.equal(await (await figure(page)).evaluate((element) => element.fingerprint), fingerprint);
  }
  await close();
});

test("every file is handed out, and says what the figure says", async () => {
  const { page, troubles, close } = await alone(browser, site, `preset="tcp-syn-lost" view="ladder"`);
  const scope = await figure(page);
  await scope.getByRole("button", { name: "Take this figure along" }).click();
  await scope.locator("dialog[open]").waitFor();
  const files = {};
  for (const button of await scope.locator("dialog .files button").all()) {
    const [download] = await Promise.all([page.waitForEvent("download"), button.click()]);
    files[download.suggestedFilename()] = readFileSync(await download.path());
  }
  assert.deepEqual(Object.keys(files), ["tcp-syn-lost.svg", "tcp-syn-lost-film.svg", "tcp-syn-lost.png", "tcp-syn-lost.pcapng", "tcp-syn-lost.jsonl", "tcp_syn_lost.rs"]);
  assert.match(files["tcp-syn-lost.svg"].toString(), /^<svg.*SYN/s);
  assert.match(files["tcp-syn-lost-film.svg"].toString(), /@keyframes/);
  assert.deepEqual([...files["tcp-syn-lost.png"].subarray(1, 4)], [..."PNG"].map((c) => c.charCodeAt(0)));
  assert.deepEqual([...files["tcp-syn-lost.pcapng"].subarray(0, 4)], [0x0a, 0x0d, 0x0d, 0x0a]);
  assert.match(files["tcp-syn-lost.jsonl"].toString().split("\n")[0], /"format"/);
  assert.ok(files["tcp_syn_lost.rs"].toString().includes(await scope.evaluate((element) => element.fingerprint)));
  assert.deepEqual(troubles, []);
  await close();
});
