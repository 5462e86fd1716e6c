// What hands a figure on: snippets, links and files.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { alone, figure, open, stage } from "./site.mjs";

const { site, browser } = await stage();

const PRESETS = readdirSync(new URL("../scenarios/", import.meta.url)).filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -5));
const state = (scope) => scope.evaluate((element) => [element.fingerprint, element.place]);
/** Drops a packet of the run, which forks. */
const drop = (scope) => scope.evaluate((element) => {
  const target = element.shadowRoot.querySelector("[data-packet]").dataset.packet;
  element.act({ name: "intervene", action: "drop", target, by: "" });
});
/** Where a fork and the original beside it part, and what was done. */
const parting = (scope) => scope.locator(".parts, .done li").allTextContents();

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
    await scope.evaluate((element) => element.setAttribute("view", "ladder"));
    await drop(scope);
    await scope.evaluate((element) => {
      element.setAttribute("view", "window");
      element.seek("e9");
    });
    const [link, before] = [await scope.evaluate((element) => element.link()), await state(scope)];
    longest = Math.max(longest, link.length);
    assert.ok(link.length < 2000, `${preset}: ${link.length} characters`);
    const other = await open(browser, link.replace(/^.*#/, `${site.address}figure.html#`));
    await other.page.waitForFunction((place) => document.querySelector("sock-scope").place === place, before[1]);
    const there = await figure(other.page);
    assert.deepEqual(await state(there), before, preset);
    assert.equal(await there.getAttribute("view"), "window");
    assert.deepEqual(await parting(there), await parting(scope), `${preset}: the original stands beside the fork`);
    assert.deepEqual(other.troubles, [], preset);
    await other.close();
  }
  console.log(`    the longest link has ${longest} characters`);
  await close();
});

test("a link holds how the figure is arranged, and so does its file", async () => {
  const { page, close } = await alone(browser, site, `preset="tcp-three-clients" view="ladder"`);
  const scope = await figure(page);
  const height = (scope) => scope.evaluate((element) => Number(element.shadowRoot.querySelector("svg.ladder").getAttribute("height")));
  const before = await height(scope);
  await scope.getByRole("button", { name: "Rust", exact: true }).click();
  await scope.locator(".ladder-tools select").selectOption({ index: 2 });
  await scope.getByRole("button", { name: "Stretch time" }).click();
  await scope.locator(".speed").selectOption("2");
  await scope.getByRole("button", { name: "Play again and again" }).click();
  const [link, file] = await scope.evaluate(async (element) => [await element.link(), await element.toSVG()]);
  assert.ok(link.length < 2000);
  assert.equal(Number(file.match(/height="([\d.]+)"/)[1]), await height(scope), "the file is stretched as the figure is");
  assert.notEqual(await height(scope), before);
  const other = await open(browser, link.replace(/^.*#/, `${site.address}figure.html#`));
  await other.page.waitForFunction((place) => document.querySelector("sock-scope").place === place, (await state(scope))[1]);
  const there = await figure(other.page);
  const layout = (scope) => scope.evaluate((element) => element.layout);
  assert.deepEqual(await layout(there), await layout(scope));
  assert.equal(await there.locator(".ladder-tools select").evaluate((select) => select.selectedIndex), 2);
  assert.equal(await there.getByRole("button", { name: "Rust", exact: true }).getAttribute("aria-pressed"), "true");
  assert.equal(await there.locator(".speed").inputValue(), "2");
  assert.equal(await there.getByRole("button", { name: "Play again and again" }).getAttribute("aria-pressed"), "true");
  assert.deepEqual(other.troubles, []);
  await other.close();
  await close();
});

test("a link has the fork and the original beside it, and which of them a narrow page shows", async () => {
  const { page, close } = await alone(browser, site, `preset="udp-upper"`, { viewport: { width: 360, height: 800 } });
  const scope = await figure(page);
  await scope.locator("[data-knob=delay]").fill("31");
  await drop(scope);
  await scope.getByRole("button", { name: "Original", exact: true }).click();
  const [link, before, both] = [await scope.evaluate((element) => element.link()), await state(scope), await parting(scope)];
  assert.match(both[0], /The runs differ/);
  await page.goto("about:blank");
  const other = await open(browser, link.replace(/^.*#/, `${site.address}figure.html#`), { viewport: { width: 360, height: 800 } });
  await other.page.waitForFunction((print) => document.querySelector("sock-scope").fingerprint === print, before[0]);
  const there = await figure(other.page);
  assert.deepEqual([await state(there), await parting(there)], [before, both]);
  assert.ok(await there.locator(".original").isVisible());
  assert.equal(await there.getByRole("button", { name: "Original", exact: true }).getAttribute("aria-pressed"), "true");
  // The other run is reached from here as from there.
  await there.getByRole("button", { name: "Back to the original" }).click();
  assert.equal(await there.locator(".original").count(), 0);
  assert.doesNotMatch(await there.evaluate((element) => element.link()), /original=/);
  assert.deepEqual(other.troubles, []);
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
  await scope.evaluate((element) => { element.seek("e9"); });
  const texts = await read();
  const [html, fence] = texts;
  const place = await scope.evaluate((element) => element.place);
  const { fingerprint } = await scope.evaluate((element) => ({ fingerprint: element.fingerprint }));
  // As React writes what stands in MDX.
  const mdx = texts.find((text) => text.includes("__html")).replace(/ dangerouslySetInnerHTML=\{\{ __html: (".*") \}\} \/>/, (_, text) => `>${JSON.parse(text)}</script>`);
  assert.ok(!mdx.includes("{{"), mdx);
  for (const body of [mdx, html.replace(/<script src.*\n/, ""), `<pre><code class="language-sockscope">${fence.replace(/^```.*\n|```$/g, "")}</code></pre>`]) {
    await page.evaluate((body) => { document.querySelector("main").innerHTML = `<h1>Again</h1>${body}`; }, body);
    await page.locator("sock-scope").waitFor();
    assert.deepEqual(await state(await figure(page)), [fingerprint, place]);
  }
  await page.goto("about:blank");
  const [, frame] = texts.at(-1).match(/<iframe src="([^"]*)"/);
  await page.goto(frame.replaceAll("&amp;", "&"));
  assert.match(page.url(), /figure\.html#/, "alone in its page");
  await page.waitForFunction((place) => document.querySelector("sock-scope").place === place, place);
  assert.deepEqual(await state(await figure(page)), [fingerprint, place]);
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
  await page.keyboard.press("Escape");
  // A picture is as wide as the figure, also where the ladder is not seen.
  const widths = [];
  for (const view of ["ladder", "states"]) {
    await scope.evaluate((element, view) => element.setAttribute("view", view), view);
    widths.push((await scope.evaluate((element) => element.toSVG())).match(/ width="(\d+)/)[1]);
  }
  assert.equal(widths[0], widths[1]);
  const early = await page.evaluate(() => document.createElement("sock-scope").toSVG().catch((error) => error.message));
  assert.match(early, /wait for its event ready/);
  assert.ok(files["tcp_syn_lost.rs"].toString().includes(await scope.evaluate((element) => element.fingerprint)));
  assert.deepEqual(troubles, []);
  await close();
});

const laboratory = async (hash = "") => {
  const opened = await open(browser, `${site.address}lab.html${hash}`);
  await opened.page.locator("html[ready]").waitFor();
  return { ...opened, scope: await figure(opened.page) };
};

test("a link of the laboratory opens there, and another example is that example again", async () => {
  const { page, scope, close } = await laboratory("#udp-upper");
  const plain = await scope.evaluate((element) => element.fingerprint);
  await scope.locator("[data-knob=loss]").fill("30");
  await scope.evaluate((element) => element.seek("e7"));
  const [link, before] = [await scope.evaluate((element) => element.link()), await state(scope)];
  await close();
  const other = await laboratory(link.replace(/^.*#/, "#"));
  await other.page.waitForFunction((place) => document.querySelector("sock-scope").place === place, before[1]);
  assert.deepEqual(await state(other.scope), before);
  assert.match(await other.page.locator("#editor textarea").inputValue(), /"loss"/);
  await other.page.locator("#preset").selectOption("udp-upper");
  await other.page.waitForFunction((print) => document.querySelector("sock-scope").fingerprint === print, plain);
  assert.deepEqual(other.troubles, []);
  await other.close();
});

test("a run that was recorded is handed on as its file, and a link says that it cannot hold it", async () => {
  const { page, scope, troubles, close } = await laboratory("#tcp-upper");
  // What simulates a run can simulate it again; a recording has no scenario.
  const file = await scope.evaluate((element) => {
    const [first, ...events] = new TextDecoder().decode(element.run.to_jsonl()).split("\n");
    const { scenario, ...header } = JSON.parse(first);
    const file = [JSON.stringify({ ...header, title: "Mine" }), ...events].join("\n");
    element.open("mine.jsonl", new TextEncoder().encode(file));
    return file;
  });
  assert.match(await scope.evaluate((element) => element.link().catch((error) => error.message)), /A link cannot hold this run/);
  await scope.getByRole("button", { name: "Share this figure as it is now" }).click();
  assert.match(await scope.locator("dialog").textContent(), /hand on its trace/);
  await page.keyboard.press("Escape");
  await scope.getByRole("button", { name: "Put this figure into a page" }).click();
  assert.match(await scope.locator("dialog pre").first().textContent(), /<sock-scope trace="recorded.jsonl"/);
  await page.keyboard.press("Escape");
  await scope.getByRole("button", { name: "Take this figure along" }).click();
  const [download] = await Promise.all([page.waitForEvent("download"), scope.getByRole("button", { name: "Trace" }).click()]);
  assert.equal(download.suggestedFilename(), "recorded.jsonl");
  assert.equal(readFileSync(await download.path(), "utf8"), file);
  await scope.getByRole("button", { name: "Test in Rust" }).click();
  await scope.getByText("Only a simulated run can be run again by a test.").waitFor();
  assert.deepEqual(troubles, []);
  await close();
});

test("where the page may not write to the clipboard, the text is selected and that is said", async () => {
  const { page, close } = await alone(browser, site, `preset="udp-upper"`);
  const scope = await figure(page);
  await page.evaluate(() => { navigator.clipboard.writeText = async () => { throw new Error("no"); }; });
  await scope.getByRole("button", { name: "Share this figure as it is now" }).click();
  await scope.getByRole("button", { name: "Copy" }).click();
  await scope.getByText("The text is selected").waitFor();
  const chosen = await scope.locator("dialog input").evaluate((input) => input.value.slice(input.selectionStart, input.selectionEnd));
  assert.equal(chosen, await scope.evaluate((element) => element.link()));
  await close();
});
