// The built site on a local port, and a browser to look at it.

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { extname, join, normalize } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const DIST = fileURLToPath(new URL("../../web/dist/", import.meta.url));

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm", ".json": "application/json" };

/** Serves the site under `base`, as a plain static server would. */
export async function serve(base = "/") {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, "http://localhost").pathname;
    const file = normalize(path.slice(base.length) + (path.endsWith("/") ? "index.html" : ""));
    try {
      if (!path.startsWith(base) || file.startsWith("..")) throw new Error("not here");
      const bytes = await readFile(join(DIST, file));
      response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" }).end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  // A test that fails before it closes the server must not keep the process from its end.
  server.unref();
  const address = `http://127.0.0.1:${server.address().port}${base}`;
  return { address, close: () => server.close() };
}

/** A browser as a fresh machine has it. */
export function browse() {
  const args = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
  ];
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args });
}

/** The site and a browser, for the tests of a file; both end with them. */
export async function stage() {
  const [site, browser] = await Promise.all([serve(), browse()]);
  after(async () => {
    await browser.close();
    site.close();
  });
  return { site, browser };
}

/** Opens a page that collects what goes wrong in it. */
export async function open(browser, address, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const troubles = [];
  page.on("console", (message) => message.type() === "error" && troubles.push(message.text()));
  page.on("pageerror", (error) => troubles.push(error.message));
  await page.goto(address);
  return { page, troubles, close: () => context.close() };
}

/** A page with one figure. */
export async function alone(browser, site, attributes, options = {}) {
  const opened = await open(browser, "about:blank", options);
  const body = `<!doctype html><html lang="en"><meta charset="utf-8"><title>A figure</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<main><h1>A page</h1><h2>A figure</h2><sock-scope ${attributes}></sock-scope></main><script type="module" src="sockscope.js"></script>`;
  await opened.page.route("**/alone.html", (route) => route.fulfill({ contentType: "text/html", body }));
  await opened.page.goto(`${site.address}alone.html`);
  return opened;
}

/** The n-th figure, brought into view and ready. */
export async function figure(page, n = 0) {
  const scope = page.locator("sock-scope").nth(n);
  await scope.scrollIntoViewIfNeeded();
  const told = await scope.evaluate((element) => new Promise((settled) => {
    const look = () => {
      const trouble = element.shadowRoot?.querySelector(".trouble:not([hidden])")?.textContent;
      if (trouble || element.hasAttribute("ready")) settled(trouble);
      else setTimeout(look, 20);
    };
    look();
  }));
  if (told) throw new Error(`figure ${n}: ${told}`);
  return scope;
}

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What is wrong on a page for assistive technology, in short; targets that are too small for a finger too (WCAG 2.2). */
export async function faults(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run({ rules: { "target-size": { enabled: true } } }));
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).slice(0, 3).join(" ")}`);
}
