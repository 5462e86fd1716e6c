// Which questions of which lesson were answered. It is kept in this browser, and where that is not allowed, not at all.

const KEY = "sockscope-lessons";

interface Lesson { of: number; answered: string[] }
type Progress = Record<string, Lesson>;

function read(): Progress {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}") as Progress;
  } catch {
    return {};
  }
}

/** Notes that a question is answered, one of so many in its lesson. */
export function note(lesson: string, question: string, of: number): void {
  const progress = read();
  const answered = new Set(progress[lesson]?.answered).add(question);
  progress[lesson] = { of, answered: [...answered] };
  try {
    localStorage.setItem(KEY, JSON.stringify(progress));
  } catch {
    // A reader whose browser keeps nothing loses nothing but the marks.
  }
}

/** Marks the links to lessons of which every question is answered; `said` is for those who do not see the mark. */
export function mark(said: string): void {
  const progress = read();
  for (const link of document.querySelectorAll<HTMLElement>("a[data-lesson]")) {
    const { of, answered } = progress[link.dataset["lesson"] ?? ""] ?? { of: Infinity, answered: [] };
    if (answered.length < of || link.classList.contains("done")) continue;
    link.classList.add("done");
    const note = document.createElement("span");
    note.className = "unseen";
    note.textContent = ` (${said})`;
    link.append(note);
  }
}
