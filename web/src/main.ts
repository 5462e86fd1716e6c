// The site's script: the engines lie beside it, wherever the site is.

import small, { Figure, heap, style } from "../wasm/sockscope_figure.js";
import { SockScope } from "./figure.js";
import { enginesFrom, start, type Glue } from "./engine.js";
import { showRecorded } from "./recorded.js";

enginesFrom({
  figure: () => start({ default: small, Figure, heap, style } as unknown as Glue, new URL("sockscope.wasm", import.meta.url)),
  lab: async () => start(await import("./lab.js"), new URL("sockscope-lab.wasm", import.meta.url)),
});
customElements.define("sock-scope", SockScope);
void showRecorded(new URL("recorded/", import.meta.url));
