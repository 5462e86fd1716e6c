// The words of the dialogs that hand a figure on.

import type { Texts } from "./index.js";

const en = {
  close: "Close",
  copy: "Copy",
  copied: "Copied.",
  copyOf: (what: string) => `Copy: ${what}`,
  selected: "This page may not write to the clipboard. The text is selected: copy it yourself.",
  recorded: "This run was recorded. Save its trace (JSON lines) as recorded.jsonl beside the page, too.",
  linkHint: (length: number) => `The address holds everything: the run, what was changed, and the place in it (${length} characters).`,
  link: "Address",
  ways: {
    html: "Plain HTML",
    fence: "Code fence",
    markdown: "Markdown (kramdown, Jekyll, Hugo)",
    mkdocs: "MkDocs",
    mdbook: "mdBook",
    docusaurus: "Docusaurus",
    iframe: "Frame",
  },
  hints: {
    html: "Put sockscope-single.js beside the page, or anywhere on your site.",
    fence: "The script makes figures of all such fences, in any generator of static sites. Who reads the source understands them too.",
    markdown: "HTML may stand in Markdown, with an empty line before and after it.",
    mkdocs: "Put sockscope-single.js into docs/, name it in mkdocs.yml, and write the fence into a page.",
    mdbook: "Put sockscope-single.js beside book.toml, name it there, and write the fence into a page.",
    docusaurus: "Put sockscope-single.js into static/, name it in docusaurus.config.js, and write the tag into a page.",
    iframe: "Where no script is allowed. It shows a page of this site.",
  },
  files: {
    svg: "Picture (SVG)",
    film: "Film (animated SVG)",
    png: "Picture (PNG)",
    pcapng: "Capture for Wireshark (pcapng)",
    jsonl: "Trace (JSON lines)",
    test: "Test in Rust",
  },
  noPng: "The browser could not paint it: does this page forbid images from blob addresses (img-src)?",
  noTest: "Only a simulated run can be run again by a test.",
};

export type SharingWords = typeof en;

const de: SharingWords = {
  close: "Schließen",
  copy: "Kopieren",
  copied: "Kopiert.",
  copyOf: (what) => `Kopieren: ${what}`,
  selected: "Diese Seite darf nicht in die Zwischenablage schreiben. Der Text ist markiert: bitte selbst kopieren.",
  recorded: "Dieser Lauf wurde aufgezeichnet. Die Aufzeichnung (JSON-Zeilen) als recorded.jsonl auch neben die Seite legen.",
  linkHint: (length) => `Die Adresse enthält alles: den Lauf, was geändert wurde, und die Stelle darin (${length} Zeichen).`,
  link: "Adresse",
  ways: {
    html: "Reines HTML",
    fence: "Code-Block",
    markdown: "Markdown (kramdown, Jekyll, Hugo)",
    mkdocs: "MkDocs",
    mdbook: "mdBook",
    docusaurus: "Docusaurus",
    iframe: "Rahmen (iframe)",
  },
  hints: {
    html: "sockscope-single.js neben die Seite legen, oder irgendwohin auf derselben Website.",
    fence: "Das Skript macht aus solchen Blöcken Figuren, gleich welches Programm die Website erzeugt. Auch der Quelltext bleibt lesbar.",
    markdown: "HTML darf in Markdown stehen, mit einer leeren Zeile davor und danach.",
    mkdocs: "sockscope-single.js in docs/ legen, in mkdocs.yml nennen und den Block in eine Seite schreiben.",
    mdbook: "sockscope-single.js neben book.toml legen, dort nennen und den Block in eine Seite schreiben.",
    docusaurus: "sockscope-single.js in static/ legen, in docusaurus.config.js nennen und das Element in eine Seite schreiben.",
    iframe: "Wo kein Skript erlaubt ist. Gezeigt wird eine Seite dieser Website.",
  },
  files: {
    svg: "Bild (SVG)",
    film: "Film (bewegtes SVG)",
    png: "Bild (PNG)",
    pcapng: "Mitschnitt für Wireshark (pcapng)",
    jsonl: "Aufzeichnung (JSON-Zeilen)",
    test: "Test in Rust",
  },
  noPng: "Der Browser konnte es nicht malen: verbietet diese Seite Bilder aus blob-Adressen (img-src)?",
  noTest: "Nur einen simulierten Lauf kann ein Test wiederholen.",
};

export const sharing: Texts<SharingWords> = { en, de };
