// Bundles the site into dist: `sockscope.js` with the engine of a figure, `sockscope.wasm`, beside it; `sockscope-lab-….js`
// and `sockscope-lab.wasm`, which it loads for what a figure has not; the further parts of both engines, `…-simulate.wasm` and
// `…-rest.wasm`, which come when they are needed, where the engines are split (`xtask/src/split`); the recorded runs of the
// examples, in `runs`; `sockscope-single.js` with the whole engine inside it;
// the first page over each of them, and `figure.html` with a figure alone, in German in `de`; `learn`, the lessons; `lab.html`, the laboratory; `live.html`, the page of
// `sockscope serve --live`.

import { build } from "esbuild";
import { copyFile, cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { entry, lessons } from "./learn.mjs";
import { styles } from "./styles.mjs";

const dev = process.argv.includes("--dev");
const shared = {
  bundle: true,
  minify: true,
  target: "es2022",
  charset: "utf8",
  loader: { ".wasm": "binary" },
  plugins: [styles],
  legalComments: "none",
};

await mkdir("dist/recorded", { recursive: true });
for (const file of await readdir("dist")) if (/^sockscope-.*-[0-9A-Z]{8}\.js$/.test(file)) await rm(`dist/${file}`);
// Each on its own: one build would share chunks among pages, and have every page load three more files and a kilobyte more.
const modules = { ...shared, format: "esm", splitting: true, chunkNames: "sockscope-[name]-[hash]", outdir: "dist" };
await build({ ...modules, entryPoints: { sockscope: "src/main.ts" } });
await build({ ...modules, entryPoints: { live: "src/live.ts" } });
await build({ ...modules, entryPoints: { lab: "src/lab/page.ts" } });
await build({ ...shared, format: "iife", entryPoints: { "sockscope-single": "src/single.ts" }, outdir: "dist" });
await build({ ...shared, format: "iife", entryPoints: { learn: "src/learn.ts" }, outdir: "dist/learn" });
for (const [name, engine] of [["sockscope", "sockscope_figure"], ["sockscope-lab", "sockscope_web"]]) {
  const [first, ...others] = ["", "-simulate", "-rest"].map((part) => `dist/${name}${part}.wasm`);
  for (const part of others) await rm(part, { force: true });
  await copyFile(`wasm/${engine}_${dev ? "bg" : "show"}.wasm`, first);
  for (const part of dev ? [] : others) await copyFile(`wasm/${engine}_${part.slice(part.lastIndexOf("-") + 1)}`, part);
}

// The recorded runs of the examples.
await rm("dist/runs", { recursive: true, force: true });
await cp("wasm/runs", "dist/runs", { recursive: true });

// What was recorded over real sockets; none in a site that is only built.
const recorded = (await readdir("dist/recorded")).filter((name) => name.endsWith(".jsonl"));
await writeFile("dist/recorded/index.json", JSON.stringify(recorded.sort().reverse()));

const head = await readFile("page/head.html", "utf8");
const style = await readFile("page/page.css", "utf8");
const learning = style + (await readFile("page/learn/learn.css", "utf8"));
const languages = await lessons((html, folder) => fill(html, `<script defer src="${up(folder)}learn.js"></script>`, learning));

// In each language the first page, the one that explains how figures come into others' pages, and one with a figure alone, for
// frames and links.
for (const { folder, path } of languages) {
  await mkdir(`dist/${folder}`, { recursive: true });
  const contents = path.map((lesson) => entry(lesson, `${up(folder)}learn/${folder}`)).join("\n");
  for (const name of ["index", "embed", "figure"]) {
    const page = (await readFile(`page/${folder}${name}.html`, "utf8")).replace("<!-- lessons -->", () => contents);
    await writeFile(`dist/${folder}${name}.html`, fill(page, `<script type="module" src="${up(folder)}sockscope.js"></script>`));
    if (name === "index") await single(page, folder);
  }
}

const live = { page: await readFile("page/live.html", "utf8"), style: style + (await readFile("page/live.css", "utf8")) };
await writeFile("dist/live.html", fill(live.page, `<script type="module" src="live.js"></script>`, live.style));

const lab = { page: await readFile("page/lab.html", "utf8"), style: style + (await readFile("page/lab.css", "utf8")) };
await writeFile("dist/lab.html", fill(lab.page, `<script type="module" src="lab.js"></script>`, lab.style));

// What a build for work on the page weighs is of no interest, and takes a minute to find out.
if (!dev) await weigh();

async function weigh() {
  const files = (await readdir("dist")).filter((name) => /^(sockscope|index|lab).*\.(js|wasm|html)$/.test(name));
  for (const name of files) {
    const bytes = await readFile(`dist/${name}`);
    const [raw, gz, br] = [bytes.length, gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes).length];
    const kb = (n) => `${(n / 1000).toFixed(1)} kB`.padStart(10);
    console.log(`    ${name.padEnd(28)}${kb(raw)}${kb(gz)} gz${kb(br)} br`);
  }
}

/** The way out of a folder. */
function up(folder) {
  return folder && "../";
}

/** The first page as one file with everything in it. */
async function single(page, folder) {
  const script = await readFile("dist/sockscope-single.js", "utf8");
  await writeFile(`dist/${folder}sockscope-single.html`, fill(page, `<script>${script.replaceAll("</script", "<\\/script")}</script>`));
}

/** Puts into a page what all pages begin with, and its scripts. */
function fill(html, scripts, css = style) {
  return html
    .replace("<!-- head -->", () => `${head}<style>\n${css}</style>`)
    .replace("<!-- scripts -->", () => scripts);
}
