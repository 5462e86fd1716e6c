// What to write into a page so that it has this figure.

import { RUN, SHOWN, SWITCHES } from "../attributes.js";
import type { SharingWords } from "../texts/sharing.js";

export type Way = keyof SharingWords["ways"];

/** The snippets, for a figure with its attributes, or with this JSON in the place of those that make the run; `address` is that of a page that shows it alone. */
export function snippets(scope: Element, json: string | undefined, address: string): [Way, string][] {
  const given = [...(json ? ["preset"] : RUN), ...SHOWN].filter((name) => scope.hasAttribute(name));
  const values = given.map((name): [string, string] => [name, scope.getAttribute(name) ?? ""]);
  const attributes = values.map(([name, value]) => (SWITCHES.includes(name) ? ` ${name}` : ` ${name}="${escaped(value)}"`)).join("");
  const child = json ? `\n<script type="application/json">${json.replaceAll("<", "\\u003c")}</script>\n` : "";
  const tag = `<sock-scope${attributes}>${child}</sock-scope>`;
  const lines = values.map(([name, value]) => `${name}: ${SWITCHES.includes(name) ? "yes" : value}`);
  const fence = ["```sockscope", ...lines, ...(json ? [json] : []), "```"].join("\n");
  const script = `<script src="sockscope-single.js"></script>`;
  return [
    ["html", `${script}\n${tag}`],
    ["fence", fence],
    ["markdown", `${script}\n\n${tag}`],
    ["mkdocs", `# mkdocs.yml\nextra_javascript:\n  - sockscope-single.js\n\n${fence}`],
    ["mdbook", `# book.toml\n[output.html]\nadditional-js = ["sockscope-single.js"]\n\n${fence}`],
    ["docusaurus", `// docusaurus.config.js\nscripts: [{ src: "/sockscope-single.js", async: true }],\n\n${mdx(attributes, json)}`],
    ["iframe", `<iframe src="${escaped(address)}" title="Sockscope" width="100%" height="900" loading="lazy"></iframe>`],
  ];
}

/** In MDX braces are code, so JSON is a string of JavaScript. */
function mdx(attributes: string, json: string | undefined): string {
  if (!json) return `<sock-scope${attributes}></sock-scope>`;
  return `<sock-scope${attributes}>\n  <script type="application/json">{${JSON.stringify(json)}}</script>\n</sock-scope>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}
