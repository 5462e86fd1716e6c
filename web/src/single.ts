// The same in one file, with the engine inside: works without a server.

import wasm from "../wasm/sockscope_web_bg.wasm";
import { SockScope } from "./figure.js";
import { engineFrom } from "./engine.js";

engineFrom(() => wasm);
customElements.define("sock-scope", SockScope);
