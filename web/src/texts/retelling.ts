// Refusals in another language. What refuses a scenario knows none: it says what is wrong in English. So its patterns are read
// backwards here: a message is taken apart by the one that it follows.

/** A place of a pattern: a name between braces. */
const PLACE = /\{(\w+)\}/g;
/** What stands in these places is told likewise; in any other is a name, a number, or what somebody wrote. */
const TOLD = ["cause", "what", "found", "expected", "mismatch"];

/** Tells a message by pairs of patterns; one that follows none stays as it is. */
export function retelling(pairs: Record<string, string>): (message: string) => string {
  // Of several that fit, the one that says most by itself.
  const said = (pattern: string) => pattern.replace(PLACE, "").length;
  const rules = Object.entries(pairs).sort(([a], [b]) => said(b) - said(a)).map(([english, other]) => {
    const pieces = english.split(PLACE);
    // What a message begins with ends where the next part of it does.
    const any = (n: number) => (n === 1 && english.startsWith("{") ? "((?:(?!: ).)+?)" : "(.+?)");
    const form = pieces.map((piece, n) => (n % 2 === 0 ? piece.replace(/[.*+?^${}()|[\]\\]/g, "\\$&") : any(n)));
    return { form: RegExp(`^${form.join("")}$`, "s"), names: pieces.filter((_, n) => n % 2 === 1), other };
  });
  const retell = (message: string): string => {
    for (const { form, names, other } of rules) {
      const found = form.exec(message);
      if (!found) continue;
      return other.replace(PLACE, (place, name: string) => {
        const part = found[names.indexOf(name) + 1] ?? place;
        return TOLD.includes(name) ? retell(part) : part;
      });
    }
    return message;
  };
  return retell;
}
