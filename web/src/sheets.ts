// Style sheets of shadow trees. They are made by script, which a page may allow where it forbids style that stands in HTML, and
// all figures share them.

const sheets = new Map<string, CSSStyleSheet>();

/** Gives a tree these style sheets, after those that it has. */
export function adopt(tree: ShadowRoot, ...texts: string[]): void {
  const made = texts.map((text) => {
    const sheet = sheets.get(text) ?? new CSSStyleSheet();
    if (!sheets.has(text)) sheet.replaceSync(text);
    sheets.set(text, sheet);
    return sheet;
  });
  tree.adoptedStyleSheets.push(...made.filter((sheet) => !tree.adoptedStyleSheets.includes(sheet)));
}
