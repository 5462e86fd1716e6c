// The site's script: the engines lie beside it, wherever the site is.

import small, { __wbg_reset_state, Figure, heap, preset, style } from "../wasm/sockscope_figure.js";
import { setUp } from "./set-up.js";
import { enginesFrom, start, type Glue } from "./engine.js";
import { showRecorded } from "./recorded.js";
import { site } from "./site.js";

enginesFrom({
  figure: () => start({ default: small, __wbg_reset_state, Figure, heap, preset, style } as unknown as Glue, new URL("sockscope.wasm", import.meta.url)),
  lab: async () => start(await import("./lab.js"), new URL("sockscope-lab.wasm", import.meta.url)),
});
site.figure = new URL("figure.html", import.meta.url);
setUp();
void showRecorded(new URL("recorded/", import.meta.url));
