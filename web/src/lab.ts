// What only the laboratory needs, loaded when something asks for it: its engine.

export { default, Figure, heap, style } from "../wasm/sockscope_web.js";
