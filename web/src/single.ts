// The same in one file, with the engine inside: works without a server.

import * as lab from "./lab.js";
import wasm from "../wasm/sockscope_web_bg.wasm";
import { setUp } from "./set-up.js";
import { enginesFrom, start } from "./engine.js";

const whole = async () => (await start(lab, wasm), lab);
enginesFrom({ figure: whole, lab: whole });
setUp();
