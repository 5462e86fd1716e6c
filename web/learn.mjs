// Builds the lessons into dist/learn: the path through them (page/learn/path.json) and the text of each, in one frame.

import { mkdir, readFile, writeFile } from "node:fs/promises";

/** Writes every lesson and their table of contents. `dress` puts the style into a page. */
export async function lessons(dress) {
  const read = (name) => readFile(`page/learn/${name}`, "utf8");
  const path = JSON.parse(await read("path.json"));
  const [frame, contents] = [await read("frame.html"), await read("index.html")];
  await mkdir("dist/learn", { recursive: true });
  for (const [n, lesson] of path.entries()) {
    const page = fill(frame, {
      ...lesson,
      number: `${n + 1} of ${path.length}`,
      steps: path.map((other) => step(other, other === lesson)).join("\n"),
      text: await read(`${lesson.name}.html`),
      previous: neighbour("prev", "Before", path[n - 1] ?? { name: "index", title: "All lessons" }),
      next: neighbour("next", "Next", path[n + 1] ?? { name: "index", title: "All lessons" }),
    });
    await writeFile(`dist/learn/${lesson.name}.html`, dress(page));
  }
  await writeFile("dist/learn/index.html", dress(fill(contents, { path: path.map((lesson) => entry(lesson)).join("\n") })));
  return path;
}

/** A line of the table of contents; `folder` is where the lessons lie from the page that has it. */
export function entry({ name, title, about }, folder = "") {
  return `<li><a href="${folder}${name}.html" data-lesson="${name}">${title}</a><p>${about}</p></li>`;
}

function step({ name, title }, here) {
  const current = here ? ` aria-current="page"` : "";
  return `<li><a href="${name}.html" data-lesson="${name}" title="${title}"${current}><span class="unseen">${title}</span></a></li>`;
}

function neighbour(rel, word, { name, title }) {
  return `<a rel="${rel}" href="${name}.html"><span>${word}</span> ${title}</a>`;
}

/** Puts each word in its place: {{title}}. */
function fill(html, words) {
  return html.replace(/\{\{(\w+)\}\}/g, (_, name) => words[name]);
}
