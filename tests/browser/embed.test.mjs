// A figure in the pages of others: whatever made them, wherever they lie, whatever they forbid.

import assert from "node:assert/strict";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { DIST, figure, open, serve, stage } from "./site.mjs";

const { site, browser } = await stage();

const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; img-src 'self'";
const MODULE = `<script type="module" src="sockscope.js"></script>`;
const ICON = `<link rel="icon" href="data:,">`;
const SINGLE = `<script src="sockscope-single.js"></script>`;

/** A page of somebody else, served beside the site, with headers of its own. */
async function page(body, { head = MODULE, policy, inner = "", at = site.address, ...options } = {}) {
  const opened = await open(browser, "about:blank", options);
  await opened.page.route("**/inner.html", (route) => route.fulfill({ contentType: "text/html", body: inner }));
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title>
<meta name="viewport" content="width=device-width, initial-scale=1">${policy ? "" : ICON}${head}</head><body>${body}</body></html>`;
  const headers = policy ? { "content-security-policy": policy } : {};
  await opened.page.route("**/page.html", (route) => route.fulfill({ contentType: "text/html", body: html, headers }));
  await opened.page.goto(`${at}page.html`);
  return opened;
}

const drawn = (scope) => scope.evaluate((element) => element.shadowRoot.querySelectorAll("svg.ladder text").length);
const story = (scope) => scope.locator(".story").textContent();
const fingerprint = (scope) => scope.evaluate((element) => element.fingerprint);

// What the generators make of ```sockscope fences and of tags in Markdown: Jekyll 4.3 (kramdown 2.4), MkDocs 1.6 alone and with
// Material 9.8, mdBook 0.5 and Docusaurus 3.10 wrote this; older ones and other highlighters the rest.
const FENCE = "preset: tcp-syn-lost\nseed: 7\nview: ladder\n";
const JSON_INSIDE = `<script type="application/json">
    { "links": [{ "between": ["client", "server"], "both": { "delay": "20ms" } }] }
  </script>`;
const TAG = `<sock-scope preset="tcp-syn-lost" seed="7" view="ladder">`;
const lines = (line) => FENCE.trim().split("\n").map(line).join("");
const PAGES = {
  "Jekyll": `<p>Text.</p>\n\n<pre><code class="language-sockscope">${FENCE}</code></pre>`,
  "kramdown with a highlighter": `<div class="language-sockscope highlighter-rouge"><div class="highlight"><pre class="highlight"><code>${FENCE}</code></pre></div></div>`,
  "a tag in Jekyll": `<p>Text.</p>\n\n${TAG}\n  ${JSON_INSIDE}\n  <p>Instead.</p>\n</sock-scope>`,
  "MkDocs": `<div class="col-md-9" role="main"><pre><code class="language-sockscope">${FENCE}</code></pre></div>`,
  "MkDocs with Pygments": `<div class="language-sockscope highlight"><pre><span></span><code>${FENCE.replace(/^.*$/gm, "<span>$&</span>")}</code></pre></div>`,
  "MkDocs with Material": `<article class="md-content__inner md-typeset"><pre class="language-sockscope"><code>${FENCE.trim()}</code></pre></article>`,
  "a tag in MkDocs": `<div>\n${TAG}\n  ${JSON_INSIDE}\n  <p>Instead.</p>\n</sock-scope>\n</div>`,
  "mdBook": `<main><pre><code class="language-sockscope hljs">${FENCE}</code><div class="buttons"><button title="Copy"></button></div></pre></main>`,
  "a tag in mdBook": `<main>${TAG}\n  ${JSON_INSIDE}\n  \n<p>Instead.</p>\n\n</sock-scope></main>`,
  "Docusaurus": `<div class="language-sockscope codeBlockContainer_Ckt0 theme-code-block"><div class="codeBlockContent_QJqH"><pre tabindex="0" class="prism-code language-sockscope codeBlock_bY9V thin-scrollbar"><code class="codeBlockLines_e6Vv">${lines((line) => `<div class="token-line"><span class="token plain">${line}</span><br></div>`)}</code></pre></div></div>`,
  "Docusaurus 2": `<div class="language-sockscope codeBlockContainer_x"><div><pre tabindex="0" class="prism-code language-sockscope"><code>${lines((line) => `<span class="token-line"><span class="token plain">${line}</span><br></span>`)}</code></pre></div></div>`,
  "a tag in Docusaurus": `<sock-scope preset=tcp-syn-lost seed=7 view=ladder><script type=application/json>{"links":[{"between":["client","server"],"both":{"delay":"20ms"}}]}</script><p>Instead.</p></sock-scope>`,
  "plain HTML": `${TAG}</sock-scope>`,
};

for (const head of [MODULE, SINGLE]) {
  test(`the same figure in the pages of every generator, with ${head}`, async () => {
    const prints = new Set();
    for (const [name, body] of Object.entries(PAGES)) {
      const { page: it, troubles, close } = await page(body, { head });
      await it.locator("sock-scope").waitFor();
      const scope = await figure(it);
      assert.ok(await drawn(scope) > 5, name);
      assert.equal(await it.locator("pre:visible").count(), 0, `${name}: the fence gave way`);
      assert.equal(await it.getByText("Instead.").filter({ visible: true }).count(), 0, `${name}: so did what stood for it`);
      prints.add(await fingerprint(scope));
      assert.deepEqual(troubles, [], name);
      await close();
    }
    assert.equal(prints.size, 1);
  });

  test(`a strict policy stands nothing in the way, with ${head}`, async () => {
    const { page: it, troubles, close } = await page(PAGES["plain HTML"], { head, policy: POLICY });
    const scope = await figure(it);
    assert.ok(await drawn(scope) > 5);
    assert.equal(await scope.locator(".scope").evaluate((box) => getComputedStyle(box).display), "grid", "its style is there");
    await scope.getByRole("button", { name: "Play", exact: true }).click();
    await it.waitForFunction((element) => element.playing, await scope.elementHandle());
    assert.deepEqual(troubles, []);
    await close();
  });
}

test("a fence that comes later is a figure too, and one that is wrong says its line and stays readable", async () => {
  const { page: it, close } = await page(`<div id="place"></div>`);
  const put = (text) => it.evaluate((text) => {
    place.innerHTML = `<pre><code class="language-sockscope"></code></pre>`;
    place.querySelector("code").textContent = text;
  }, text);
  await put(`{ "title": "mine", "hosts": [{ "name": "a" }] }`);
  await it.locator("sock-scope").waitFor();
  await figure(it);
  await put("preset: udp-upper\ncolour: red\n");
  await assert.rejects(figure(it), /line 2 of the fence: "colour: red"/);
  assert.match(await it.locator("pre:visible").textContent(), /colour: red/);
  await close();
});

test("a fence of React's gets its figure when React has taken over the page, stays where it is, and takes the figure with it", async () => {
  const { page: it, troubles, close } = await page(`<div id="__docusaurus"><main>${PAGES["Docusaurus"]}<p>After.</p></main></div>`);
  const main = it.locator("main");
  const [before, scope] = [await main.innerHTML(), it.locator("sock-scope")];
  await it.waitForTimeout(300);
  assert.equal(await main.innerHTML(), before, "what its server wrote is as React will look for it");
  // React takes over node by node; Docusaurus says when it is through.
  await main.evaluate((main) => { main.querySelector("pre").__reactFiber$x = {}; });
  await it.waitForTimeout(200);
  assert.equal(await main.innerHTML(), before, "and while it does so");
  await it.evaluate(() => { document.documentElement.dataset.hasHydrated = "true"; });
  await scope.waitFor();
  await figure(it);
  const box = it.locator("main > .language-sockscope");
  assert.equal(await box.isVisible(), false);
  assert.equal(await it.locator("pre:visible").count(), 0);
  await box.evaluate((box) => box.parentElement.removeChild(box));
  await scope.waitFor({ state: "detached" });
  assert.equal((await main.innerText()).trim(), "After.");
  assert.deepEqual(troubles, []);
  await close();
});

test("JSON in the element is put into the preset, or is the scenario; what is wrong with it is said with its place", async () => {
  const json = (text) => `<script type="application/json">${text}</script>`;
  const { page: it, troubles, close } = await page(`
    <sock-scope preset="udp-upper">${json(`{ "title": "A title of mine", "links": [{ "between": ["client", "server"], "both": { "delay": "7ms" } }] }`)}</sock-scope>
    <sock-scope>${json(`{ "title": "Two hosts", "hosts": [{ "name": "a" }, { "name": "b" }] }`)}</sock-scope>
    <sock-scope preset="udp-upper">${json(`{ "links": [{ "between": ["client", "sever"] }] }`)}<p>Instead</p></sock-scope>
    <sock-scope preset="udp-upper">${json(`{ "seed": }`)}</sock-scope>`);
  const first = await figure(it, 0);
  await first.evaluate((element) => { element.position = 0; });
  assert.equal(await story(first), "A title of mine");
  assert.equal(await first.locator("[data-knob=delay]").inputValue(), "7");
  await figure(it, 1);
  await assert.rejects(figure(it, 2), /links\[0\]\.between\[1\]: no host, switch or router is named "sever"/);
  assert.ok(await it.getByText("Instead").isVisible());
  await assert.rejects(figure(it, 3), /the scenario: line 1, column 1\d/);
  assert.deepEqual(troubles, []);
  await close();
});

test("what the page put into a figure is shown until it is ready, and without scripts for ever", async () => {
  const body = `<sock-scope preset="udp-upper"><p id="instead">A picture of it</p></sock-scope>`;
  const { page: it, close } = await page(body, { javaScriptEnabled: false });
  assert.ok(await it.locator("#instead").isVisible());
  await close();
  const slow = await page(body, { head: "" });
  let go;
  await slow.page.route("**/sockscope.wasm", async (route) => {
    await new Promise((there) => { go = there; });
    await route.continue();
  });
  await slow.page.addScriptTag({ type: "module", url: "sockscope.js" });
  await slow.page.waitForFunction(() => document.querySelector("sock-scope").shadowRoot);
  assert.ok(await slow.page.locator("#instead").isVisible());
  while (!go) await new Promise((later) => setTimeout(later, 20));
  go();
  await figure(slow.page);
  assert.equal(await slow.page.locator("#instead").isVisible(), false);
  await slow.close();
});

test("attributes choose where playing begins and stops, how fast, and whether it begins by itself", async () => {
  const { page: it, close } = await page(`
    <sock-scope preset="tcp-upper" start="20%" end="60ms" speed="8" autoplay theme="dark" controls="none"></sock-scope>
    <script>
      window.told = [];
      const scope = document.querySelector("sock-scope");
      for (const name of ["ready", "play", "pause", "end"]) scope.addEventListener(name, () => told.push(name));
      scope.addEventListener("change", (event) => (window.last = event.detail));
    </script>`);
  const scope = await figure(it);
  await it.waitForFunction(() => window.told.includes("end"));
  assert.deepEqual(await it.evaluate(() => window.told), ["ready", "play", "pause", "end"]);
  assert.equal(await it.evaluate(() => window.last.time), "60 ms");
  assert.equal(await scope.locator(".transport button:visible").count(), 0);
  assert.equal(await scope.evaluate((element) => getComputedStyle(element).colorScheme), "dark");
  await scope.evaluate((element) => element.play());
  await it.waitForFunction(() => window.told.length > 4);
  const [first, there] = await scope.evaluate((element) => {
    element.pause();
    element.seek("20%");
    return [element.position, (element.seek("e10"), element.place)];
  });
  assert.ok(Math.abs(first - 0.2) < 0.05);
  await scope.evaluate((element) => element.stepEvent(3));
  assert.notEqual(await scope.evaluate((element) => element.place), there);
  await scope.evaluate((element) => element.seek("soon"));
  assert.match(await scope.getByRole("alert").textContent(), /"soon" is no place in the run/);
  await close();
});

test("a framework may set each attribute as a property, or as an attribute, and has the same figure", async () => {
  const values = { preset: "tcp-upper", view: "ladder", start: "20%", end: "60ms", at: "e9", speed: "2", seed: "7", delay: "5", programs: "none" };
  const { page: it, troubles, close } = await page("<main></main>");
  await it.waitForFunction(() => customElements.get("sock-scope"));
  // As React 19 does it: what the element has as a property is set as one.
  await it.evaluate((values) => {
    const scope = document.createElement("sock-scope");
    for (const [name, value] of Object.entries(values)) {
      if (name in scope) scope[name] = value;
      else scope.setAttribute(name, value);
    }
    const own = document.createElement("sock-scope");
    own.scenario = JSON.stringify({ title: "Two hosts", hosts: [{ name: "a" }, { name: "b" }] });
    document.querySelector("main").append(scope, own);
  }, values);
  const [scope, own] = [await figure(it, 0), await figure(it, 1)];
  for (const [name, value] of Object.entries(values)) assert.equal(await scope.getAttribute(name), value);
  assert.equal(await scope.evaluate((element) => element.place), "e9");
  await scope.evaluate((element) => element.setAttribute("lang", "de"));
  await scope.getByRole("tab", { name: "Zustände" }).waitFor();
  assert.match(await own.locator("svg.ladder").getAttribute("aria-label"), /^Two hosts/);
  assert.deepEqual(troubles, []);
  await close();
});

test("a figure speaks the language of the page around it", async () => {
  const { page: it, close } = await page(`<section lang="de-AT"><sock-scope preset="udp-upper"></sock-scope></section>`);
  const scope = await figure(it);
  assert.equal(await scope.getByRole("tab").nth(3).textContent(), "Zustände");
  await scope.evaluate((element) => element.setAttribute("lang", "en"));
  await scope.getByRole("tab", { name: "States" }).waitFor();
  await close();
});

/** All that a figure says in a view: texts and tooltips of its picture, the packet's card, what is told aloud. */
const said = (scope, view) => scope.evaluate(async (element, view) => {
  element.setAttribute("view", view);
  element.act({ name: "next-card", by: 0 });
  await new Promise(requestAnimationFrame);
  const shown = [...element.shadowRoot.querySelectorAll(".pictures text, .pictures title, .pictures desc, .story-view, .card, .story, .programs .doing")];
  return shown.map((part) => part.textContent).join("\n");
}, view);

test("a German figure tells its run in German, beside an English one", async () => {
  const { page: it, close } = await page(`<sock-scope preset="tcp-syn-lost" lang="de"></sock-scope><sock-scope preset="tcp-syn-lost"></sock-scope>`);
  const [german, english] = [await figure(it, 0), await figure(it, 1)];
  const words = /\b(the|of|is|was|sends|calls|returns|waits|again|sent|bytes of|queue|closed|open)\b/;
  for (const view of ["both", "states", "inside", "window", "graphs", "story"]) {
    const [here, there] = [await said(german, view), await said(english, view)];
    const lines = here.split("\n").map((line) => line.replaceAll(/send\(\)|'[^']*'|ICMP [a-z ]+/g, ""));
    assert.deepEqual(lines.filter((line) => words.test(line)), [], view);
    assert.match(here, /erneut/);
    assert.match(there, /again/);
    assert.doesNotMatch(there, /erneut/);
  }
  assert.equal(await german.evaluate((element) => element.fingerprint), await english.evaluate((element) => element.fingerprint));
  await close();
});

test("an engine that breaks is told in its figure; the others go on where they are", async () => {
  const { page: it, close } = await page(`<sock-scope preset="tcp-upper" loss="10"></sock-scope><sock-scope preset="udp-upper"></sock-scope>`);
  const [one, other] = [await figure(it, 0), await figure(it, 1)];
  await other.evaluate((element) => element.seek("e12"));
  await other.locator("[data-knob=loss]").evaluate((input) => {
    input.value = "30";
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  const state = () => other.evaluate((element) => [element.fingerprint, element.place]);
  const before = await state();
  // A figure that lies outside of its engine's memory.
  await one.evaluate((element) => { element.figure.__wbg_ptr = 0x7ffffff0; element.stepEvent(); });
  assert.match(await one.getByRole("alert").textContent(), /This figure broke/);
  assert.deepEqual(await state(), before);
  await other.getByRole("button", { name: "One event on" }).click();
  assert.notDeepEqual(await state(), before);
  await one.evaluate((element) => element.reset());
  await it.waitForFunction((element) => element.shadowRoot.querySelector(".trouble").hidden, await one.elementHandle());
  assert.ok(await drawn(one) > 5);
  await close();
});

test("it works in a frame, under any base path, and when the network is gone", async () => {
  const under = await serve("/blog/2026/");
  const inner = `<!doctype html><html lang="en"><title>In</title>${ICON}${MODULE}<sock-scope preset="udp-upper" loss="10"></sock-scope>`;
  const body = `<iframe title="A figure" src="inner.html" width="700" height="900"></iframe>`;
  const { page: it, troubles, close } = await page(body, { head: "", inner, at: under.address });
  const frame = it.frameLocator("iframe");
  await frame.locator("sock-scope[ready]").waitFor();
  await it.context().setOffline(true);
  await frame.getByRole("button", { name: "One event back" }).click();
  await frame.locator("[data-knob=loss]").fill("20");
  assert.ok(await frame.locator("svg.ladder text").count() > 5);
  assert.deepEqual(troubles, []);
  await close();
  under.close();
});

test("many figures of a page share one engine, and those that nobody scrolled to have none", async () => {
  const scopes = Array.from({ length: 6 }, (_, n) => `<div style="height: ${n < 4 ? 0 : 5000}px"></div><sock-scope preset="udp-upper"></sock-scope>`);
  const { page: it, close } = await page(scopes.join(""), { head: "" });
  await it.evaluate(() => {
    window.made = 0;
    for (const name of ["instantiate", "instantiateStreaming"]) {
      const real = WebAssembly[name];
      WebAssembly[name] = (...call) => { window.made += 1; return real.apply(WebAssembly, call); };
    }
  });
  await it.addScriptTag({ type: "module", url: "sockscope.js" });
  for (let n = 0; n < 4; n++) await figure(it, n);
  assert.equal(await it.locator("sock-scope[ready]").count(), 4);
  await figure(it, 5);
  assert.equal(await it.evaluate(() => window.made), 1);
  await close();
});

test("from a folder, with the one-file form, nothing is fetched", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sockscope-"));
  await copyFile(join(DIST, "sockscope-single.js"), join(folder, "sockscope-single.js"));
  await writeFile(join(folder, "a.html"), `<!doctype html><html lang="en"><meta charset="utf-8"><title>A</title>${SINGLE}
<pre><code class="language-sockscope">preset: tcp-upper</code></pre>`);
  const { page: it, troubles, close } = await open(browser, pathToFileURL(join(folder, "a.html")).href, { offline: true });
  await it.locator("sock-scope").waitFor();
  assert.ok(await drawn(await figure(it)) > 5);
  assert.deepEqual(troubles, []);
  await close();
  await rm(folder, { recursive: true });
});
