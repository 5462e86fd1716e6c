// Links that hold a figure's whole world: #figure=2&preset=tcp-upper&loss=10&seed=7&view=states&at=e57. What differs from the preset
// is a JSON merge patch, or where there is no preset the scenario: deflated, in base64url. So is what differs from a fork to its
// original.

import { FETCHED, give, RUN, SHOWN, SWITCHES } from "./attributes.js";
import type { Engine } from "./engine.js";
import type { SockScope } from "./figure.js";
import { layoutIn, tellLayout } from "./layout.js";
import { difference, type Json } from "./merge.js";
import { site } from "./site.js";
import { languageOf } from "./texts/index.js";

/** Scripts may ask too early. */
export function needRun(scope: SockScope): void {
  if (!scope.run) throw new Error("the figure has no run yet: wait for its event ready");
}

/** Whether a link can hold what is shown: of a run that was recorded it holds the place, where the page has the run. */
export function holds(scope: SockScope): boolean {
  return scope.scenario !== undefined || scope.hasAttribute("trace");
}

/** The address that shows this figure as it is now, in its page. */
export async function address(scope: SockScope, engine: Engine): Promise<string> {
  needRun(scope);
  if (!holds(scope)) throw new Error(scope.words.noLink);
  return new URL(await fragment(scope, nameOf(scope), engine), location.href).href;
}

/** The address that shows it alone, where the site has a page for that; otherwise in its page. */
export async function frame(scope: SockScope, engine: Engine): Promise<string> {
  if (!site.address || scope.scenario === undefined) return address(scope, engine);
  const language = languageOf(scope);
  const page = new URL(language === "en" ? "figure.html" : `${language}/figure.html`, site.address);
  return new URL(await fragment(scope, "1", engine), page).href;
}

async function fragment(scope: SockScope, name: string, engine: Engine): Promise<string> {
  const link = new URLSearchParams([["figure", name]]);
  for (const name of SHOWN) {
    const value = scope.getAttribute(name);
    if (value !== null && name !== "at" && name !== "autoplay") link.set(name, SWITCHES.includes(name) ? "yes" : value);
  }
  const { preset, patch } = world(scope, engine);
  if (preset !== undefined) link.set("preset", preset);
  if (patch !== undefined) link.set("patch", await pack(JSON.stringify(patch)));
  const { original } = scope;
  if (original !== undefined) {
    const run = JSON.parse(scope.scenario ?? "null") as Json;
    link.set("original", await pack(JSON.stringify(difference(run, JSON.parse(original) as Json) ?? {})));
    link.set("side", scope.getAttribute("side") ?? "fork");
  }
  if (scope.layout) tellLayout(scope.layout, link);
  link.set("at", scope.place);
  return `#${link}`;
}

/** What makes the run that is shown: a preset and what differs from it, or a scenario; nothing where it was recorded. */
export function world(scope: SockScope, engine: Engine): { preset?: string; patch?: Json | undefined } {
  const preset = scope.getAttribute("scenario") === null ? scope.getAttribute("preset") : null;
  if (scope.scenario === undefined) return {};
  const scenario = JSON.parse(scope.scenario) as Json;
  if (preset === null) return { patch: scenario };
  return { preset, patch: difference(JSON.parse(engine.preset(preset)) as Json, scenario) };
}

/** Which figure of the page it is: by its id, or counted. */
function nameOf(scope: SockScope): string {
  return scope.id || String([...document.querySelectorAll("sock-scope")].indexOf(scope) + 1);
}

/** Shows what the page's address asks for. */
export async function follow(hash: string): Promise<void> {
  const link = new URLSearchParams(hash.slice(1));
  const name = link.get("figure") ?? "";
  const scope = document.getElementById(name) ?? document.querySelectorAll("sock-scope").item(Number(name) - 1);
  if (scope?.localName !== "sock-scope") return;
  const patch = link.get("patch");
  const own = link.has("preset") || patch !== null;
  for (const attribute of own ? RUN : []) if (!FETCHED.includes(attribute)) scope.removeAttribute(attribute);
  for (const attribute of [...RUN, ...SHOWN]) {
    const value = link.get(attribute);
    if (value !== null && !FETCHED.includes(attribute)) give(scope, attribute, value);
  }
  const original = link.get("original");
  const linked = own ? { json: patch === null ? "{}" : await unpack(patch), original: original === null ? undefined : await unpack(original) } : undefined;
  const side = link.get("side");
  if (side !== null) scope.setAttribute("side", side);
  await (scope as SockScope).openLink(linked, layoutIn(link));
  scope.scrollIntoView();
}

async function through(bytes: Uint8Array<ArrayBuffer>, stream: CompressionStream | DecompressionStream): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}

async function pack(text: string): Promise<string> {
  const bytes = await through(new TextEncoder().encode(text), new CompressionStream("deflate-raw"));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

async function unpack(text: string): Promise<string> {
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (byte) => byte.charCodeAt(0));
  return new TextDecoder().decode(await through(bytes, new DecompressionStream("deflate-raw")));
}
