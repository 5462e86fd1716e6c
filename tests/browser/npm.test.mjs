// The package for npm, as somebody installs and uses it.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { browse, DIST, figure, open } from "./site.mjs";

const USE = `import "sockscope";
import type { Change, Scope } from "sockscope";

const scope: Scope = document.createElement("sock-scope");
scope.addEventListener("change", (event) => {
  const change: Change = event.detail;
  console.log(change.story);
});
scope.seek("120ms");
const link: Promise<string> = scope.link();
// @ts-expect-error: there is no such method
scope.rewindTape(link);
`;

test("the package is packed, installed, used with types, and shows a figure", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sockscope-"));
  const npm = (...args) => execFileSync("npm", args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  const packed = JSON.parse(npm("pack", "--json", join(DIST, "npm")))[0];
  const names = packed.files.map(({ path }) => path).sort();
  assert.deepEqual(names, ["LICENSE-APACHE", "LICENSE-MIT", "README.md", "custom-elements.json", "package.json", "sockscope.d.ts", "sockscope.js"]);
  await writeFile(join(folder, "package.json"), `{ "name": "use", "private": true, "type": "module" }`);
  npm("install", "--offline", "--no-audit", "--no-fund", `./${packed.filename}`);

  await writeFile(join(folder, "use.ts"), USE);
  const tsc = join(DIST, "../node_modules/typescript/bin/tsc");
  const options = "--noEmit --strict --target es2022 --lib es2022,dom --module esnext --moduleResolution bundler --types".split(" ");
  execFileSync("node", [tsc, ...options, "", "use.ts"], { cwd: folder, stdio: "inherit" });
  // Where there is no page, as when a site is made on a server, importing it does nothing.
  execFileSync("node", ["--input-type=module", "--eval", `import "sockscope";`], { cwd: folder, stdio: "inherit" });

  const script = await readFile(join(folder, "node_modules/sockscope/sockscope.js"));
  const browser = await browse();
  const { page, troubles, close } = await open(browser, "about:blank");
  const body = `<!doctype html><html lang="en"><title>A page</title><link rel="icon" href="data:,"><sock-scope preset="udp-upper"></sock-scope>
<script type="importmap">{ "imports": { "sockscope": "./sockscope.js" } }</script><script type="module">import "sockscope";</script>`;
  await page.route("http://use.test/**", (route) => route.request().url().endsWith(".js")
    ? route.fulfill({ contentType: "text/javascript", body: script }) : route.fulfill({ contentType: "text/html", body }));
  await page.goto("http://use.test/");
  const scope = await figure(page);
  assert.match(await scope.evaluate((element) => element.toSVG()), /^<svg/);
  const manifest = JSON.parse(await readFile(join(DIST, "npm/custom-elements.json"), "utf8")).modules[0].declarations[0];
  const observed = await scope.evaluate((element) => element.constructor.observedAttributes);
  assert.deepEqual(manifest.attributes.map(({ name }) => name).sort(), [...observed].sort());
  for (const { name } of manifest.members) assert.equal(await scope.evaluate((element, name) => typeof element[name], name), "function", name);
  assert.deepEqual(troubles, []);
  await close();
  await browser.close();
  await rm(folder, { recursive: true });
});
