// The same in one file, with the engine inside: works without a server.

import * as lab from "./lab.js";
import wasm from "../wasm/sockscope_web_bg.wasm";
import { setUp } from "./set-up.js";
import { enginesFrom, start } from "./engine.js";

const whole = () => start(lab, wasm);
enginesFrom({ figure: whole, lab: whole });
setUp();
