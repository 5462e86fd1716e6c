// Style sheets as texts of a script, without what only their readers need.

import { transform } from "esbuild";
import { readFile } from "node:fs/promises";

export const styles = {
  name: "styles",
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, "utf8"), { loader: "css", minify: true });
      return { contents: code, loader: "text" };
    });
  },
};
