// A figure as files: made by the laboratory's engine, which has the same run again where the page has the small one.

import { engine, type Figure } from "../engine.js";
import type { SockScope } from "../figure.js";
import { arrange } from "../layout.js";
import { needRun } from "../link.js";
import { kept } from "../options.js";
import type { SharingWords } from "../texts/sharing.js";
import { RECORDED } from "./snippets.js";

export type Kind = keyof SharingWords["files"];

/** No browser paints a picture that is longer, in pixels. */
const LARGEST = 32_000;
const SVG = "http://www.w3.org/2000/svg";

/** The file of this kind, and its name. */
export async function file(kind: Kind, scope: SockScope, words: SharingWords): Promise<[string, Blob]> {
  const lab = await laboratory(scope);
  const name = scope.scenario === undefined ? RECORDED : (scope.getAttribute("preset") ?? "sockscope");
  switch (kind) {
    case "svg": return [`${name}.svg`, svg(lab.to_svg())];
    case "film": return [`${name}-film.svg`, svg(lab.to_film())];
    case "png": return [`${name}.png`, await png(lab.to_svg(), scope, words)];
    case "pcapng": return [`${name}.pcapng`, bytes(lab.to_pcapng())];
    case "jsonl": return [`${name}.jsonl`, bytes(lab.to_jsonl())];
    case "test":
      if (scope.scenario === undefined) throw new Error(words.noTest);
      return [`${name.replaceAll("-", "_")}.rs`, new Blob([lab.to_test()], { type: "text/plain" })];
  }
}

/** The picture as a document. */
export async function picture(scope: SockScope, animated: boolean): Promise<string> {
  const lab = await laboratory(scope);
  return animated ? lab.to_film() : lab.to_svg();
}

/** A figure of the laboratory's engine with the same run, at the same place. */
async function laboratory(scope: SockScope): Promise<Figure> {
  needRun(scope);
  const { options, place } = kept(scope);
  const made = await engine("lab");
  const element = () => document.createElementNS(SVG, "svg");
  const figure = new made.Figure(element(), element(), element(), element(), element(), options);
  figure.choose(scope.getAttribute("view") ?? "both", scope.layout?.choice ?? 0);
  figure.resize(scope.width);
  if (scope.layout) arrange(figure, scope.layout);
  figure.go_to_place(place);
  return figure;
}

const svg = (text: string) => new Blob([text], { type: "image/svg+xml" });
const bytes = (data: Uint8Array) => new Blob([data as Uint8Array<ArrayBuffer>], { type: "application/octet-stream" });

/** Painted at twice its size, in the colours that the figure has on the page. */
async function png(text: string, scope: SockScope, words: SharingWords): Promise<Blob> {
  const dark = getComputedStyle(scope.tree.querySelector(".scope") as Element).backgroundColor.match(/\d+/g)?.map(Number)[0] ?? 255;
  const address = URL.createObjectURL(svg(text.replace("color-scheme: light dark", `color-scheme: ${dark < 128 ? "dark" : "light"}`)));
  try {
    const image = new Image();
    image.src = address;
    await image.decode().catch(() => {
      throw new Error(words.noPng);
    });
    const canvas = document.createElement("canvas");
    const scale = Math.min(2, LARGEST / Math.max(image.width, image.height));
    [canvas.width, canvas.height] = [scale * image.width, scale * image.height];
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((made) => canvas.toBlob(made, "image/png"));
    if (!blob) throw new Error(words.noPng);
    return blob;
  } finally {
    URL.revokeObjectURL(address);
  }
}
