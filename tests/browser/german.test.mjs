// A German figure, and the laboratory in German: nothing that they say of themselves is English.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { alone, DIST, figure, open, stage } from "./site.mjs";

const { site, browser } = await stage();

/** What a German figure says that cannot be made. */
async function refused(attributes) {
  const { page, close } = await alone(browser, site, `lang="de" ${attributes}`);
  const scope = page.locator("sock-scope");
  const trouble = scope.locator(".trouble:not([hidden])");
  await trouble.waitFor();
  const told = await trouble.textContent();
  await close();
  return told;
}

const scenario = (change) => `scenario='${JSON.stringify({ title: "x", hosts: [{ name: "a" }], ...change })}'`;

test("a German figure says in German what is wrong, and the place and what was written stay as they are", async () => {
  const cases = [
    [`preset="tcp-uper"`, /^es gibt kein Preset tcp-uper; es gibt udp-upper, /],
    [`preset="tcp-upper" loss="many"`, /^loss: „many%“ ist keine Wahrscheinlichkeit: "1%" oder 0\.01 schreiben$/],
    [`preset="tcp-upper" view="outside"`, /^es gibt kein Bild outside; es gibt both, /],
    [`scenario="{"`, /^das Szenario: Zeile 1, Spalte 1: der Text endet mitten in: ein Objekt$/],
    [scenario({ hosts: [] }), /^das Szenario: hosts: es gibt keinen Host: mindestens einen ergänzen, etwa \{ "name": "client" \}$/],
    [scenario({ hosts: [{ name: "host" }, { name: "host" }] }), /^das Szenario: hosts\[1\]\.name: „host“ ist vergeben: /],
    [scenario({ links: [{ between: ["a", "b"] }] }), /^das Szenario: links\[0\]\.between\[1\]: Host, Switch oder Router namens „b“ gibt es nicht: Es gibt a$/],
    [scenario({ lincs: [] }), /^das Szenario: lincs \(Zeile 1\): das Feld `lincs` gibt es nicht; es gibt `title`, /],
    [scenario({ programs: [{ host: "a", program: "udp-upper-client", args: { prot: 1 } }] }),
      /^das Szenario: programs\[0\]\.args\.prot: udp-upper-client hat keinen solchen Parameter; es hat server, port, /],
    [scenario({ hosts: {} }), /^das Szenario: hosts \(Zeile 1\): falscher Typ: hier steht ein Objekt, erwartet ist eine Liste$/],
  ];
  for (const [attributes, wanted] of cases) assert.match(await refused(attributes), wanted, attributes);
});

test("a preset has its name in German, in the figure and in the laboratory", async () => {
  const { page, troubles, close } = await alone(browser, site, `preset="tcp-syn-lost" lang="de" at="0"`);
  const scope = await figure(page);
  assert.match(await scope.locator("svg.ladder").getAttribute("aria-label"), /^TCP: das erste SYN geht verloren\./);
  assert.equal((await scope.locator(".story").textContent()).trim(), "TCP: das erste SYN geht verloren");
  assert.match(await scope.locator(".programs").textContent(), /# connect\(\) kehrt zurück, wenn der Drei-Wege-Handshake fertig ist\./);
  await close();
  const lab = await open(browser, `${site.address}lab.html`, { locale: "de-DE" });
  await figure(lab.page);
  await lab.page.locator("html[ready]").waitFor();
  assert.ok((await lab.page.locator("#preset option").allTextContents()).includes("TCP: das erste SYN geht verloren"));
  assert.match(await lab.page.locator("#about").textContent(), /^Der Client verbindet sich/);
  await lab.page.locator("#editor textarea").fill(`{ "title": "x", "hosts": [{ "name": "a" }, { "name": "a" }] }`);
  await lab.page.locator("#editor .wrong").first().waitFor();
  assert.match(await lab.page.locator("#editor .verdict").textContent(), /„a“ ist vergeben/);
  assert.deepEqual([...troubles, ...lab.troubles], []);
  await lab.close();
});

// Everything but words: what is asked, shown, chosen and filled in, in their order.
const bones = (html) => html.match(/<sock-question[^>]*>|<sock-scope[^>]*>|<input[^>]*>|data-ask="[^"]*"|<h2>|<legend>|<code[^>]*>/g);

test("the first page and the one on figures are there in German, and lead on in German", async () => {
  for (const name of ["index", "embed"]) {
    const [english, german] = await Promise.all(["", "de/"].map((folder) => readFile(`${DIST}${folder}${name}.html`, "utf8")));
    assert.deepEqual(bones(german), bones(english), name);
  }
  const { page, troubles, close } = await open(browser, `${site.address}index.html`);
  await page.getByRole("link", { name: "Deutsch" }).click();
  await page.waitForURL(/\/de\/index\.html$/);
  const scope = await figure(page);
  await scope.getByRole("tab", { name: "Zustände" }).waitFor();
  for (const [link, address, heading] of [
    ["Mehr über Figuren", /\/de\/embed\.html$/, /Eine Figur/], ["Der Handshake", /learn\/de\/handshake\.html$/, /Handshake/],
    ["Labor", /lab\.html\?lang=de$/, /Das Socket-Labor/],
  ]) {
    await page.getByRole("link", { name: link }).first().click();
    await page.waitForURL(address);
    assert.match(await page.locator("h1").textContent(), heading);
    // The way back is German, too.
    await page.locator("header a, nav a").first().click();
    await page.waitForURL(/\/de\/index\.html$/);
  }
  assert.deepEqual(troubles, []);
  await close();
});

test("words in the values of parameters are German, to read and to write", async () => {
  const { page, close } = await alone(browser, site, `preset="tcp-upper" lang="de" at="0"`);
  const scope = await figure(page);
  await scope.locator(".settings summary").click();
  const queue = scope.locator(`[data-place="links[0].queue"]`);
  assert.equal(await queue.getAttribute("placeholder"), "100 Pakete");
  await queue.fill("20 Pakete");
  await queue.press("Enter");
  await page.waitForFunction((element) => /"20 packets"/.test(element.scenario), await scope.elementHandle());
  assert.equal(await queue.inputValue(), "20 Pakete");
  assert.deepEqual(await scope.locator(`[data-place="hosts[0].sack"] option`).allTextContents(), ["wie das Profil", "an", "aus"]);
  await close();
});

test("on the smallest telephone a slider's name and value stand on one line", async () => {
  const options = { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true };
  for (const lang of ["de", "en"]) {
    const { page, close } = await alone(browser, site, `preset="tcp-upper" lang="${lang}" jitter="100" reorder="60"`, options);
    const scope = await figure(page);
    const broken = await scope.locator(".knob span:has(input)").evaluateAll((labels) => labels
      .filter((label) => label.getBoundingClientRect().height > label.querySelector("input").getBoundingClientRect().height + 4)
      .map((label) => label.textContent.trim()));
    assert.deepEqual(broken, [], lang);
    const cut = await scope.locator("[data-typed]").evaluateAll((inputs) => inputs
      .filter((input) => input.scrollWidth > input.clientWidth).map((input) => input.value));
    assert.deepEqual(cut, [], lang);
    await close();
  }
});

/** What the page says it is: its language, its title, its heading, and the first tab of its figure. */
const is = async (opened) => {
  await figure(opened.page);
  return opened.page.evaluate(() => [document.documentElement.lang, document.title,
    document.querySelector("sock-scope").shadowRoot.querySelector("[role=tab]").textContent]);
};

test("a figure alone, the one file and the laboratory have the language that their address or the browser asks for", async () => {
  const german = ["de", "Eine Figur von Sockscope", "Netz und Leiter"];
  for (const [address, locale, wanted] of [
    ["figure.html", "de-DE", ["en", "A figure of Sockscope", "Wires and ladder"]], ["de/figure.html", "en-US", german],
    ["lab.html", "de-DE", ["de", "Das Socket-Labor", "Netz und Leiter"]], ["lab.html?lang=en", "de-DE", ["en", "The socket laboratory", "Wires and ladder"]],
  ]) {
    const opened = await open(browser, `${site.address}${address}`, { locale });
    assert.deepEqual(await is(opened), wanted, `${address} in a browser of ${locale}`);
    assert.deepEqual(opened.troubles, []);
    await opened.close();
  }
  const [, title] = (await readFile(`${DIST}de/sockscope-single.html`, "utf8")).match(/<title>([^<]*)/);
  assert.match(title, /was Sockets wirklich tun/i);
  // What is shared from a German page is alone in German, though the figure itself names no language.
  const opened = await open(browser, `${site.address}de/index.html`);
  const scope = await figure(opened.page);
  await scope.locator("[data-do=embed]").click();
  await opened.page.waitForFunction((element) => /de\/figure\.html#/.test(element.shadowRoot.querySelector("dialog[open]")?.textContent
    + [...element.shadowRoot.querySelectorAll("dialog[open] textarea, dialog[open] input")].map(({ value }) => value).join()), await scope.elementHandle());
  await opened.close();
  // The laboratory goes on with its run in the other language.
  const lab = await open(browser, `${site.address}lab.html?lang=de#udp-loss`);
  await lab.page.locator("html[ready]").waitFor();
  await lab.page.getByRole("link", { name: "English" }).click();
  await lab.page.waitForURL(/lab\.html\?lang=en#udp-loss$/);
  await lab.page.locator("html[ready]").waitFor();
  assert.equal(await lab.page.locator("#preset").inputValue(), "udp-loss");
  assert.equal(await lab.page.getByRole("link", { name: "English" }).count(), 0, "where one is leads no link");
  await lab.close();
});

test("a German lesson has the figures, questions and answers of the English one", async () => {
  const lessons = (await readdir(`${DIST}learn`)).filter((name) => name.endsWith(".html"));
  assert.equal(lessons.length, 11);
  for (const name of lessons) {
    const [english, german] = await Promise.all(["", "de/"].map((folder) => readFile(`${DIST}learn/${folder}${name}`, "utf8")));
    assert.deepEqual(bones(german), bones(english), name);
    assert.match(german, /<html lang="de">/);
  }
});

test("a lesson leads to itself in German, and asks, plays and answers there", async () => {
  const { page, troubles, close } = await open(browser, `${site.address}learn/handshake.html`);
  await page.getByRole("link", { name: "Deutsch" }).click();
  await page.waitForURL(/learn\/de\/handshake\.html$/);
  const scope = await figure(page);
  await scope.getByRole("tab", { name: "Zustände" }).waitFor();
  const question = page.locator("sock-question#segments");
  await question.locator("fieldset input").fill("3");
  await question.getByRole("button", { name: "Prüfen" }).click();
  await question.locator(".verdict").filter({ hasText: "Richtig: 3." }).waitFor();
  await page.getByRole("link", { name: "Weiter" }).click();
  assert.match(await page.locator("h1").textContent(), /Viele Clients/);
  await page.getByRole("link", { name: "English" }).click();
  assert.match(await page.locator("h1").textContent(), /Many clients/);
  assert.deepEqual(troubles, []);
  await close();
});
