// Bundles the site into dist: `sockscope.js` with `sockscope.wasm` beside it, `sockscope-single.js` with the engine
// inside it, and the first page over each of them; `live.html`, the page of `sockscope serve --live`.

import { build } from "esbuild";
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { brotliCompressSync, gzipSync } from "node:zlib";

const shared = {
  bundle: true,
  minify: true,
  target: "es2022",
  charset: "utf8",
  loader: { ".css": "text", ".wasm": "binary" },
  legalComments: "none",
};

await mkdir("dist/recorded", { recursive: true });
await build({ ...shared, format: "esm", entryPoints: { sockscope: "src/main.ts", live: "src/live.ts" }, outdir: "dist" });
await build({ ...shared, format: "iife", entryPoints: { "sockscope-single": "src/single.ts" }, outdir: "dist" });
await copyFile("wasm/sockscope_web_bg.wasm", "dist/sockscope.wasm");

// What was recorded over real sockets; none in a site that is only built.
const recorded = (await readdir("dist/recorded")).filter((name) => name.endsWith(".jsonl"));
await writeFile("dist/recorded/index.json", JSON.stringify(recorded.sort().reverse()));

const page = await readFile("page/index.html", "utf8");
const style = await readFile("page/page.css", "utf8");
const script = await readFile("dist/sockscope-single.js", "utf8");
await writeFile("dist/index.html", fill(page, `<script type="module" src="sockscope.js"></script>`));
await writeFile("dist/sockscope-single.html", fill(page, `<script>${script.replaceAll("</script", "<\\/script")}</script>`));

const live = { page: await readFile("page/live.html", "utf8"), style: style + (await readFile("page/live.css", "utf8")) };
await writeFile("dist/live.html", fill(live.page, `<script type="module" src="live.js"></script>`, live.style));

for (const name of ["sockscope.js", "sockscope.wasm", "sockscope-single.js", "index.html", "sockscope-single.html"]) {
  const bytes = await readFile(`dist/${name}`);
  const [raw, gz, br] = [bytes.length, gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes).length];
  const kb = (n) => `${(n / 1000).toFixed(1)} kB`.padStart(10);
  console.log(`    ${name.padEnd(24)}${kb(raw)}${kb(gz)} gz${kb(br)} br`);
}

function fill(html, scripts, css = style) {
  return html
    .replace("<!-- style -->", () => `<style>\n${css}</style>`)
    .replace("<!-- scripts -->", () => scripts);
}
