// What to write into a page so that it has this figure.

import { RUN, SHOWN, SWITCHES } from "../attributes.js";
import type { SockScope } from "../figure.js";
import { holds } from "../link.js";
import type { SharingWords } from "../texts/sharing.js";

export type Way = keyof SharingWords["ways"];

/** The name of the file with a run that a link cannot hold. */
export const RECORDED = "recorded";

/**
 * The snippets, each as the texts that are put into one file each; with this JSON in the place of the attributes that make the
 * run. `address` is that of a page which shows the figure, for a frame.
 */
export function snippets(scope: SockScope, json: string | undefined, address: string | undefined): [Way, string[]][] {
  const values = valuesOf(scope, json !== undefined);
  const attributes = values.map(([name, value]) => (SWITCHES.includes(name) ? ` ${name}` : ` ${name}="${escaped(value)}"`)).join("");
  const child = json ? `\n<script type="application/json">${json.replaceAll("<", "\\u003c")}</script>\n` : "";
  const tag = `<sock-scope${attributes}>${child}</sock-scope>`;
  const lines = values.map(([name, value]) => `${name}: ${SWITCHES.includes(name) ? "yes" : value}`);
  const fence = ["```sockscope", ...lines, ...(json ? [json] : []), "```"].join("\n");
  const script = `<script src="sockscope-single.js"></script>`;
  const frame = `<iframe src="${escaped(address ?? "")}" title="Sockscope" width="100%" height="900" loading="lazy"></iframe>`;
  return [
    ["html", [`${script}\n${tag}`]],
    ["fence", [fence]],
    ["markdown", [`${script}\n\n${tag}`]],
    ["mkdocs", [MKDOCS, fence]],
    ["mdbook", [`[output.html]\nadditional-js = ["sockscope-single.js"]`, fence]],
    ["docusaurus", [`scripts: [{ src: "/sockscope-single.js", async: true }],`, mdx(attributes, json)]],
    ...(address === undefined ? [] : [["iframe", [frame]] as [Way, string[]]]),
  ];
}

/** Its own highlighter leaves the word of a fence, that of Material (pymdownx) must be told of it. */
const MKDOCS = `extra_javascript:
  - sockscope-single.js
# Where pymdownx.superfences is used:
markdown_extensions:
  - pymdownx.superfences:
      custom_fences:
        - name: sockscope
          class: language-sockscope
          format: !!python/name:pymdownx.superfences.fence_code_format`;

/** What the attributes have to be, so that a page shows what is shown now. */
function valuesOf(scope: SockScope, own: boolean): [string, string][] {
  const run: [string, string][] = holds(scope) ? given(scope, own ? ["preset"] : RUN) : [["trace", `${RECORDED}.jsonl`]];
  const shown = given(scope, SHOWN.filter((name) => name !== "at"));
  // Where it is, unless it begins there by itself.
  const rests = scope.position === 1 && !scope.hasAttribute("start");
  return [...run, ...shown, ...(rests || scope.hasAttribute("autoplay") ? [] : [["at", scope.place] as [string, string]])];
}

function given(scope: Element, names: string[]): [string, string][] {
  return names.filter((name) => scope.hasAttribute(name)).map((name) => [name, scope.getAttribute(name) ?? ""]);
}

/** In MDX braces are code, and React writes what stands in a script as text that no JSON is; so it is told to let it be. */
function mdx(attributes: string, json: string | undefined): string {
  if (!json) return `<sock-scope${attributes}></sock-scope>`;
  const html = JSON.stringify(json.replaceAll("<", "\\u003c"));
  return `<sock-scope${attributes}>\n  <script type="application/json" dangerouslySetInnerHTML={{ __html: ${html} }} />\n</sock-scope>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}
