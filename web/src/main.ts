// The site's script: the engines lie beside it, wherever the site is.

import small, { __wbg_reset_state, Figure, heap, onRest, preset, style } from "../wasm/sockscope_figure.js";
import runs from "../wasm/runs/index.json";
import { setUp } from "./set-up.js";
import { site } from "./site.js";
import { languageOf } from "./texts/index.js";
import { enginesFrom, type Glue } from "./engine.js";
import { startBeside } from "./rest.js";

const figure = { default: small, __wbg_reset_state, Figure, heap, onRest, preset, style } as unknown as Glue;
enginesFrom({
  figure: () => startBeside(figure, "sockscope", import.meta.url),
  lab: async () => startBeside(await import("./lab.js"), "sockscope-lab", import.meta.url),
});
Object.assign(site, { address: new URL(".", import.meta.url), runs });
setUp();
const recordings = document.querySelector(".recordings");
if (recordings) {
  const folder = new URL("recorded/", import.meta.url);
  void import("./recorded.js").then(({ showRecorded }) => showRecorded(recordings, languageOf(recordings), folder));
}
