// The package for npm, in dist/npm: the element and its engine in one ES module, with types and a manifest.

import { build } from "esbuild";
import { copyFile, mkdir } from "node:fs/promises";
import { styles } from "./styles.mjs";

await mkdir("dist/npm", { recursive: true });
await build({
  bundle: true, minify: true, target: "es2022", charset: "utf8", legalComments: "none", format: "esm",
  loader: { ".wasm": "binary" },
  plugins: [styles],
  entryPoints: { sockscope: "src/single.ts" }, outdir: "dist/npm",
});
// What scripts can do is said in types alone, so the source is the declaration.
await copyFile("src/api.ts", "dist/npm/sockscope.d.ts");
for (const file of ["package.json", "README.md", "custom-elements.json"]) await copyFile(`npm/${file}`, `dist/npm/${file}`);
for (const file of ["LICENSE-MIT", "LICENSE-APACHE"]) await copyFile(`../${file}`, `dist/npm/${file}`);
