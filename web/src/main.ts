// The site's script: the engine lies beside it, wherever the site is.

import { SockScope } from "./figure.js";
import { engineFrom } from "./engine.js";
import { showRecorded } from "./recorded.js";

engineFrom(() => new URL("sockscope.wasm", import.meta.url));
customElements.define("sock-scope", SockScope);
void showRecorded(new URL("recorded/", import.meta.url));
