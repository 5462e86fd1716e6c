// Hosts, links and programs as rows that can be added, changed and removed.

import type { Shelf } from "../../wasm/sockscope_web.js";
import { button, classed, element, field } from "../dom.js";
import type { LabWords } from "../texts/lab.js";
import { add, type Host, type Kind, type Link, names, type Named, type Program, put, remove, rename, type Scenario, stop, unlink } from "./scenario.js";

/** Whose policies a stack may follow. */
const PROFILES = ["rfc", "linux", "freebsd"];
const KINDS: Kind[] = ["hosts", "switches", "routers"];

export class Builder {
  private scenario: Scenario | undefined;

  constructor(
    private readonly root: HTMLElement,
    private readonly words: LabWords,
    private readonly shelves: Shelf[],
    private readonly changed: (scenario: Scenario) => void,
  ) {}

  /** Shows a scenario; none where the run was recorded. What has the focus keeps it. */
  show(scenario: Scenario | undefined): void {
    this.scenario = scenario;
    const held = document.activeElement?.getAttribute("data-row");
    if (!scenario) return this.root.replaceChildren(element("p", this.words.recorded));
    const { words } = this;
    const nodes = KINDS.flatMap((kind) => (scenario[kind] ?? []).map((node) => this.node(kind, node)));
    const [host, bridge, router] = [words.addHost, words.addSwitch, words.addRouter];
    this.root.replaceChildren(
      element("h3", words.hosts),
      ...nodes,
      this.adds([[host, () => add(scenario, "hosts")], [bridge, () => add(scenario, "switches")], [router, () => add(scenario, "routers")]]),
      element("h3", words.links),
      ...(scenario.links ?? []).map((link, n) => this.link(link, n)),
      this.adds([[words.addLink, () => this.connect(scenario)]]),
      element("h3", words.programs),
      ...(scenario.programs ?? []).map((program, n) => this.program(program, n)),
      this.adds([[words.addProgram, () => this.run(scenario)]]),
    );
    if (held) this.root.querySelector<HTMLElement>(`[data-row="${CSS.escape(held)}"]`)?.focus();
  }

  private act(change: () => void): void {
    if (!this.scenario) return;
    change();
    this.changed(this.scenario);
  }

  private adds(all: [string, () => void][]): HTMLElement {
    const made = all.map(([text, change]) => {
      const adds = button(text, () => this.act(change));
      adds.dataset["row"] = text;
      return adds;
    });
    return classed("div", "add", ...made);
  }

  private labelled(text: string, control: HTMLElement, row: string, wide = false): HTMLElement {
    control.dataset["row"] = `${row} ${text}`;
    return classed("label", wide ? "wide" : "", text, control);
  }

  private text(text: string, whose: string, row: string, value: string, done: (text: string) => void, hint = ""): HTMLElement {
    const made = field(value, this.words.of(text, whose), (typed) => this.act(() => done(typed.trim())));
    made.placeholder = hint;
    return this.labelled(text, made, row);
  }

  private choice(text: string, whose: string, row: string, all: string[], value: string, done: (text: string) => void, wide = false): HTMLElement {
    const select = element("select");
    select.append(...all.map((name) => new Option(name)));
    select.value = value;
    select.setAttribute("aria-label", this.words.of(text, whose));
    select.addEventListener("change", () => this.act(() => done(select.value)));
    return this.labelled(text, select, row, wide);
  }

  private out(what: string, change: () => void): HTMLElement {
    return button("×", () => this.act(change), this.words.remove(what));
  }

  private node(kind: Kind, node: Named): HTMLElement {
    const { scenario, words } = this;
    const done = (name: string) => scenario && rename(scenario, node, name);
    const row = `${kind} ${scenario?.[kind]?.indexOf(node)}`;
    return classed("div", "row",
      this.text(words.name, node.name, row, node.name, done),
      ...(kind === "hosts" ? this.host(node, row) : []),
      this.out(node.name, () => scenario && remove(scenario, kind, node.name)));
  }

  /** What a host has of its own; the rest of its parameters stands below the figure. */
  private host(host: Host, row: string): HTMLElement[] {
    const { words } = this;
    const addresses = (typed: string) => {
      const list = typed.split(/[\s,]+/).filter(Boolean);
      put(host as unknown as Record<string, unknown>, "addresses", list.length > 0 ? list : undefined);
    };
    const profile = (name: string) => put(host as unknown as Record<string, unknown>, "profile", name === "rfc" ? undefined : name);
    return [
      this.text(words.addresses, host.name, row, host.addresses?.join(", ") ?? "", addresses, words.given),
      this.choice(words.profile, host.name, row, PROFILES, host.profile ?? "rfc", profile),
    ];
  }

  private link(link: Link, n: number): HTMLElement {
    const { scenario, words } = this;
    const whose = link.between.join(" – ");
    const all = scenario ? names(scenario) : [];
    const knob = (name: string, text: string, hint: string) =>
      this.text(text, whose, `link ${n}`, String(link.both?.[name] ?? ""), (typed) => {
        link.both = { ...link.both };
        put(link.both, name, typed);
      }, hint);
    return classed("div", "row",
      this.choice(words.from, whose, `link ${n}`, all, link.between[0], (name) => { link.between = [name, link.between[1]]; }),
      this.choice(words.to, whose, `link ${n}`, all, link.between[1], (name) => { link.between = [link.between[0], name]; }),
      knob("delay", words.delay, "10ms"),
      knob("loss", words.loss, "0%"),
      knob("rate", words.rate, "∞"),
      this.out(whose, () => scenario && unlink(scenario, link)));
  }

  private program(program: Program, n: number): HTMLElement {
    const { scenario, words } = this;
    const shelf = this.shelves.find(({ name }) => name === program.program);
    const row = `program ${n}`;
    const known = this.shelves.map(({ name }) => name);
    const all = shelf ? known : [program.program, ...known];
    const args = (shelf?.args ?? []).map((arg) =>
      this.text(arg.name, program.program, row, String(program.args?.[arg.name] ?? ""), (typed) => {
        program.args = { ...program.args };
        // What is no number goes to the engine as it is, which says so.
        put(program.args, arg.name, arg.number && /^-?\d+$/.test(typed) ? Number(typed) : typed);
        if (Object.keys(program.args).length === 0) delete program.args;
      }, arg.default));
    const hosts = scenario?.hosts.map(({ name }) => name) ?? [];
    return classed("div", "row",
      this.choice(words.program, program.host, row, all, program.program, (name) => {
        program.program = name;
        delete program.args;
        delete program.steps;
      }, true),
      this.choice(words.host, program.program, row, hosts, program.host, (name) => { program.host = name; }),
      this.text(words.start, program.program, row, program.at ?? "", (typed) => put(program as unknown as Record<string, unknown>, "at", typed), "0ms"),
      ...args,
      this.out(program.program, () => scenario && stop(scenario, program)),
      classed("p", "about", shelf && !program.steps ? shelf.about : words.ownSteps));
  }

  /** A cable between the first two that have none. */
  private connect(scenario: Scenario): void {
    const all = names(scenario);
    const joined = (a: string, b: string) => scenario.links?.some(({ between }) => between.includes(a) && between.includes(b));
    const pairs = all.flatMap((a, n) => all.slice(n + 1).map((b): [string, string] => [a, b]));
    const free = pairs.find(([a, b]) => !joined(a, b)) ?? pairs[0];
    if (free) (scenario.links ??= []).push({ between: free });
  }

  private run(scenario: Scenario): void {
    const idle = scenario.hosts.find(({ name }) => !scenario.programs?.some(({ host }) => host === name)) ?? scenario.hosts[0];
    const [first] = this.shelves;
    const server = this.shelves.find(({ name }) => name === "tcp-upper-server") ?? first;
    if (idle && server) (scenario.programs ??= []).push({ host: idle.name, program: server.name });
  }
}
