// Builds the lessons into dist/learn, and in German into dist/learn/de: the path through them (page/learn/path.json) and the text of
// each, in one frame.

import { mkdir, readFile, writeFile } from "node:fs/promises";

/** The words of the frame in each language, its folder, and the first page as lessons see it. */
const LANGUAGES = [
  {
    lang: "en", folder: "", home: "../", other: { lang: "de", to: "de/", name: "Deutsch" },
    lessons: "Lessons", every: "All lessons", number: (n, all) => `Lesson ${n} of ${all}`, around: "Next lesson", before: "Before", after: "Next",
    about: "Ten short lessons on UDP and TCP sockets, each with a live figure and a question to answer before it plays on.",
    lead: `Ten short pages, from the first socket to what goes wrong with it. On each, a figure stops before something
happens and asks you what it will be. Say it, and let the engine show who is right.`,
  },
  {
    lang: "de", folder: "de/", home: "../../de/", other: { lang: "en", to: "../", name: "English" },
    lessons: "Lektionen", every: "Alle Lektionen", number: (n, all) => `Lektion ${n} von ${all}`, around: "Nächste Lektion", before: "Davor", after: "Weiter",
    about: "Zehn kurze Lektionen über UDP- und TCP-Sockets, jede mit einer lebenden Figur und einer Frage, bevor sie weiterläuft.",
    lead: `Zehn kurze Seiten, vom ersten Socket bis zu dem, was damit schiefgeht. Auf jeder hält eine Figur an, bevor etwas
geschieht, und fragt, was es sein wird. Sag es, und lass die Engine zeigen, wer recht hat.`,
  },
];

/** Writes every lesson and their tables of contents; for each language its folder, and the lines of its table. `dress` puts style
 * and script into a page. */
export async function lessons(dress) {
  const written = [];
  for (const words of LANGUAGES) written.push({ folder: words.folder, path: await write(words, dress) });
  return written;
}

async function write({ number, other, ...words }, dress) {
  const read = (name) => readFile(`page/learn/${name}`, "utf8");
  const path = JSON.parse(await read(`${words.folder}path.json`));
  const [frame, contents] = [await read("frame.html"), await read("index.html")];
  const put = (name, html, values) => {
    const elsewhere = `<a hreflang="${other.lang}" lang="${other.lang}" href="${other.to}${name}.html">${other.name}</a>`;
    return writeFile(`dist/learn/${words.folder}${name}.html`, dress(fill(html, { ...words, elsewhere, ...values }), words.folder));
  };
  await mkdir(`dist/learn/${words.folder}`, { recursive: true });
  const all = { name: "index", title: words.every };
  for (const [n, lesson] of path.entries()) {
    await put(lesson.name, frame, {
      ...lesson,
      number: number(n + 1, path.length),
      steps: path.map((other) => step(other, other === lesson)).join("\n"),
      text: await read(`${words.folder}${lesson.name}.html`),
      previous: neighbour("prev", words.before, path[n - 1] ?? all),
      next: neighbour("next", words.after, path[n + 1] ?? all),
    });
  }
  await put("index", contents, { path: path.map((lesson) => entry(lesson)).join("\n") });
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
