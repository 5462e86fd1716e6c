// The script of a lesson: its questions, what was answered before, and the figures' own script, which lies a folder above: as
// a module, or, where there is no server to load modules from, as the one file that holds everything.

import { mark } from "./progress.js";
import { SockQuestion } from "./question.js";
import { language } from "./texts/index.js";
import { question as texts } from "./texts/question.js";

const own = (document.currentScript as HTMLScriptElement).src;
const figures = document.createElement("script");
if (location.protocol === "file:") figures.src = new URL("../sockscope-single.js", own).href;
else Object.assign(figures, { type: "module", src: new URL("../sockscope.js", own).href });
document.head.append(figures);

customElements.define("sock-question", SockQuestion);
mark(texts[language(document.documentElement.lang)].done);
