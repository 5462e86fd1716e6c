// Colours for a line of Python or Rust: comments, strings, numbers, keywords and calls, and no more.

import type { Language } from "./programs.js";

const tokens = (comment: RegExp) => new RegExp(
  [
    comment,
    /(?<string>b?"(?:\\.|[^"\\])*"|b?'(?:\\.|[^'\\])*'(?!\w))/,
    /(?<keyword>\b(?:and|as|def|else|except|for|from|fn|if|impl|import|in|let|loop|match|move|mut|not|or|pass|print|return|try|use|while|with|True|False|None)\b)/,
    /(?<number>\b\d[\d_]*\b)/,
    /(?<call>\b[A-Za-z_]\w*!?(?=\())/,
  ].map((part) => part.source).join("|"),
  "g",
);
const TOKENS = { python: tokens(/(?<comment>#.*)/), rust: tokens(/(?<comment>\/\/.*)/) };

/** The line as a code element. */
export function highlight(line: string, language: Language): HTMLElement {
  const code = document.createElement("code");
  let end = 0;
  for (const match of line.matchAll(TOKENS[language])) {
    const name = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined)?.[0] ?? "";
    const span = document.createElement("span");
    span.className = name;
    span.textContent = match[0];
    code.append(line.slice(end, match.index), span);
    end = match.index + match[0].length;
  }
  code.append(line.slice(end));
  return code;
}
