// What drawing costs: how long a jump takes, and how much script a frame. Times depend on the machine and are printed; what
// is asserted holds on any: how much of the document there is, and how much of it a frame touches.

import assert from "node:assert/strict";
import { test } from "node:test";
import { alone, figure, open, stage } from "./site.mjs";

const VIEWS = ["both", "ladder", "network", "states", "inside", "window", "graphs", "story"];

const { site, browser } = await stage();

/** A transfer of about a hundred thousand events. */
const LONG = {
  title: "A long transfer",
  hosts: [{ name: "client" }, { name: "server" }],
  links: [{ between: ["client", "server"], both: { delay: "10ms", rate: "50mbit", queue: 64 } }],
  programs: [
    { host: "server", program: "file-receiver", args: { size: 9_000_000 } },
    { host: "client", program: "file-sender", at: "10ms", args: { server: "server", size: 9_000_000 } },
  ],
};

/** Datagrams, more than a thousand of which are on the wire at once. */
const DENSE = {
  title: "A thousand datagrams on the wire",
  hosts: [{ name: "client" }, { name: "server" }],
  links: [{ between: ["client", "server"], both: { delay: "1s", rate: "10mbit", queue: 4000 } }],
  programs: [
    {
      host: "client",
      program: "flood",
      steps: [
        { socket: { kind: "datagram", into: "s" } },
        { repeat: { times: 2500, do: [{ send_to: { socket: "s", data: { pattern: 1000 }, to: "server:9" } }] } },
      ],
    },
  ],
};

const attribute = (scenario) => `scenario='${JSON.stringify(scenario)}'`;

/** Milliseconds: the one in the middle, and the slowest. */
const spread = (times) => {
  const sorted = [...times].sort((a, b) => a - b);
  return `median ${sorted[sorted.length >> 1].toFixed(2)} ms, slowest ${sorted.at(-1).toFixed(2)} ms`;
};

/** Jumps here and there: the script of each, and of the layout that the browser owes for it. */
const jumps = (scope, view) => scope.evaluate((element, view) => {
  element.setAttribute("view", view);
  element.position = 0.5;
  const [script, all] = [[], []];
  for (let i = 0; i < 40; i++) {
    const start = performance.now();
    element.position = ((i * 37) % 100) / 100;
    script.push(performance.now() - start);
    element.getBoundingClientRect();
    all.push(performance.now() - start);
  }
  return { script, all };
}, view);

/** Steps of a sixtieth of a second at the usual speed: the script of each, and how many changes of the document. */
const frames = (scope, view, from) => scope.evaluate(async (element, [view, from]) => {
  element.setAttribute("view", view);
  element.position = from;
  const records = [];
  const observer = new MutationObserver((list) => records.push(...list));
  const options = { subtree: true, childList: true, attributes: true, characterData: true };
  observer.observe(element.shadowRoot, options);
  const [script, changes, made] = [[], [], []];
  for (let i = 0; i < 40; i++) {
    await new Promise(requestAnimationFrame);
    const start = performance.now();
    element.advance(1.5, false);
    script.push(performance.now() - start);
    records.push(...observer.takeRecords());
    changes.push(records.length);
    made.push(records.reduce((sum, record) => sum + record.addedNodes.length, 0));
    records.length = 0;
  }
  return { script, changes, made };
}, [view, from]);

test("jumps and frames touch what is seen and nothing else, among a hundred thousand events", async (t) => {
  const { page, troubles, close } = await alone(browser, site, `${attribute(LONG)} controls="transport"`);
  const start = performance.now();
  const scope = await figure(page);
  await scope.evaluate((element) => element.setAttribute("view", "story"));
  const events = Number(await scope.locator(".story-view > :last-child table").getAttribute("aria-rowcount")) - 1;
  t.diagnostic(`${events} events: run and drawn after ${((performance.now() - start) / 1000).toFixed(1)} s`);
  assert.ok(events > 100_000, `${events}`);
  for (const view of VIEWS) {
    const { script, all } = await jumps(scope, view);
    t.diagnostic(`${view}: a jump takes ${spread(script)} of script, with layout ${spread(all)}`);
    const elements = await scope.evaluate((element) => element.shadowRoot.querySelectorAll("*").length);
    assert.ok(elements < 4000, `${view} has ${elements} elements`);
    const frame = await frames(scope, view, 0.5);
    t.diagnostic(`${view}: ${spread(frame.script)} of script a frame, ${Math.max(...frame.changes)} changes at most`);
    assert.ok(Math.max(...frame.changes) < 300, `${view}: ${frame.changes}`);
    assert.ok(Math.max(...frame.made) < 300, `${view} makes elements: ${frame.made}`);
  }
  assert.deepEqual(troubles, []);
  await close();
});

test("a thousand packets on one wire", async (t) => {
  const { page, troubles, close } = await alone(browser, site, `${attribute(DENSE)} controls="transport" programs="none"`);
  const scope = await figure(page);
  for (const view of ["network", "ladder"]) {
    const { script, changes } = await frames(scope, view, 0.6);
    t.diagnostic(`${view}: ${spread(script)} of script a frame, ${Math.max(...changes)} changes at most`);
    assert.ok(Math.max(...changes) < 300, `${view}: ${changes}`);
  }
  const inked = await scope.evaluate((element) => {
    element.setAttribute("view", "network");
    element.position = 0.6;
    const canvas = element.shadowRoot.querySelector("canvas.dots");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return data.filter((value, i) => i % 4 === 3 && value > 0).length;
  });
  assert.ok(inked > 1000, "what finds no room for its name is a point");
  assert.deepEqual(troubles, []);
  await close();
});

test("a live run that grows touches what is seen and nothing else, at its end too", async (t) => {
  const { page, troubles, close } = await open(browser, `${site.address}lab.html`);
  const scope = await figure(page);
  await page.waitForFunction(() => document.querySelector("#preset").options.length > 0);
  const grown = await scope.evaluate((element, scenario) => {
    element.act({ name: "edit", text: scenario });
    const lines = new TextDecoder().decode(element.run.to_jsonl()).split("\n");
    element.setAttribute("view", "ladder");
    const observer = new MutationObserver(() => {});
    observer.observe(element.shadowRoot, { subtree: true, childList: true, attributes: true, characterData: true });
    // More are not kept of a live run (4 MB), unless somebody asks for them.
    return [3_500, 35_000].map((length) => {
      let start = performance.now();
      element.open("run.jsonl", new TextEncoder().encode(lines.slice(0, length).join("\n")));
      const whole = performance.now() - start;
      const [script, changes] = [[], []];
      for (let from = length; from < length + 200; from += 20) {
        observer.takeRecords();
        start = performance.now();
        element.grow(lines.slice(from, from + 20).join("\n"));
        script.push(performance.now() - start);
        changes.push(observer.takeRecords().length);
      }
      return { length, whole, script, changes, elements: element.shadowRoot.querySelectorAll("*").length };
    });
  }, JSON.stringify(LONG));
  for (const { length, whole, script, changes, elements } of grown) {
    const part = Math.min(...script) / whole;
    t.diagnostic(`20 lines after ${length}: ${spread(script)} of script, ${part.toFixed(2)} of opening the whole; ${Math.max(...changes)} changes at most`);
    assert.ok(elements < 4000, `${elements} elements`);
    assert.ok(Math.max(...changes) < 300, `${changes}`);
  }
  assert.deepEqual(troubles, []);
  await close();
});
