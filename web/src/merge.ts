// What differs between two scenarios, and putting it in again: JSON merge patches (RFC 7396). An object changes the members that
// it names, null takes one out, and anything else, lists too, takes the place of what was there.

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const isObject = (json: Json | undefined): json is { [name: string]: Json } =>
  typeof json === "object" && json !== null && !Array.isArray(json);

/** The target with the patch put in. */
export function merge(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const members = new Map(Object.entries(isObject(target) ? target : {}));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) members.delete(name);
    else members.set(name, merge(members.get(name), value));
  }
  return Object.fromEntries(members);
}

/** The smallest patch that makes one of the other; nothing where they are equal. */
export function difference(from: Json | undefined, to: Json): Json | undefined {
  if (!isObject(from) || !isObject(to)) return same(from, to) ? undefined : to;
  const patch = new Map<string, Json>(Object.keys(from).filter((name) => !(name in to)).map((name) => [name, null]));
  for (const [name, value] of Object.entries(to)) {
    const changed = difference(from[name], value);
    if (changed !== undefined) patch.set(name, changed);
  }
  return patch.size > 0 ? Object.fromEntries(patch) : undefined;
}

function same(one: Json | undefined, other: Json): boolean {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, n) => same(item, other[n] as Json));
  }
  if (isObject(one) && isObject(other)) return difference(one, other) === undefined;
  return one === other;
}
