// A scenario as the builder changes it, in the words of its schema. The engine says whether it makes sense.

export interface Scenario {
  title: string;
  hosts: Host[];
  switches?: Named[];
  routers?: Named[];
  links?: Link[];
  programs?: Program[];
  interventions?: { at: string; do: Record<string, { host?: string; between?: [string, string]; program?: string }> }[];
}
export interface Named { name: string }
export interface Host extends Named { addresses?: string[]; profile?: string }
export interface Link { between: [string, string]; both?: Record<string, unknown>; there?: unknown; back?: unknown }
export interface Program { host: string; program: string; at?: string; args?: Record<string, unknown>; steps?: unknown[] }
export type Kind = "hosts" | "switches" | "routers";

/** Every name that a link can end at. */
export function names(scenario: Scenario): string[] {
  return [...scenario.hosts, ...(scenario.switches ?? []), ...(scenario.routers ?? [])].map(({ name }) => name);
}

/** A new host, switch or router, with a cable to the first of the others that passes packets on, or to the first host. */
export function add(scenario: Scenario, kind: Kind): void {
  const word = { hosts: "host", switches: "switch", routers: "router" }[kind];
  const known = names(scenario);
  let n = 1;
  while (known.includes(`${word}${n}`)) n += 1;
  const name = `${word}${n}`;
  const near = scenario.switches?.[0] ?? scenario.routers?.[0] ?? scenario.hosts[0];
  (scenario[kind] ??= []).push({ name });
  if (near) (scenario.links ??= []).push({ between: [near.name, name] });
}

/** Takes a node out, with its cables, its programs and what is done to it. */
export function remove(scenario: Scenario, kind: Kind, name: string): void {
  scenario[kind] = scenario[kind]?.filter((node) => node.name !== name) ?? [];
  for (const link of scenario.links?.filter(({ between }) => between.includes(name)) ?? []) unlink(scenario, link);
  for (const program of scenario.programs?.filter(({ host }) => host === name) ?? []) stop(scenario, program);
  undo(scenario, (what) => what.host === name);
}

/** Takes a cable out, and what is done to it. */
export function unlink(scenario: Scenario, link: Link): void {
  scenario.links = scenario.links?.filter((other) => other !== link) ?? [];
  undo(scenario, ({ between }) => between?.every((end) => link.between.includes(end)) ?? false);
}

/** Takes a program out, and what is done to it. */
export function stop(scenario: Scenario, program: Program): void {
  scenario.programs = scenario.programs?.filter((other) => other !== program) ?? [];
  const again = scenario.programs.some((other) => other.host === program.host && other.program === program.program);
  if (!again) undo(scenario, (what) => what.host === program.host && what.program === program.program);
}

function undo(scenario: Scenario, concerns: (what: { host?: string; between?: [string, string]; program?: string }) => boolean): void {
  if (!scenario.interventions) return;
  scenario.interventions = scenario.interventions.filter((timed) => !Object.values(timed.do).some(concerns));
}

/** Gives a node another name, wherever it is named: also in the arguments of programs. */
export function rename(scenario: Scenario, node: Named, name: string): void {
  const old = node.name;
  const other = (text: string) => (text === old ? name : text);
  for (const link of scenario.links ?? []) link.between = [other(link.between[0]), other(link.between[1])];
  for (const program of scenario.programs ?? []) {
    program.host = other(program.host);
    for (const [arg, value] of Object.entries(program.args ?? {})) if (value === old) program.args = { ...program.args, [arg]: name };
  }
  for (const timed of scenario.interventions ?? []) {
    for (const what of Object.values(timed.do)) {
      if (what.host) what.host = other(what.host);
      if (what.between) what.between = [other(what.between[0]), other(what.between[1])];
    }
  }
  node.name = name;
}

/** Sets or leaves out a member. */
export function put(object: Record<string, unknown>, name: string, value: unknown): void {
  if (value === "" || value === undefined) delete object[name];
  else object[name] = value;
}
