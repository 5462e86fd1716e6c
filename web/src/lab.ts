// What only the laboratory needs, loaded when something asks for it: its engine.

export { __wbg_reset_state, default, Figure, heap, onRest, preset, style } from "../wasm/sockscope_web.js";
