// A figure for every reader: assistive technology, chosen colours, a narrow window, fingers, paper. Each state that it can have.

import assert from "node:assert/strict";
import { test } from "node:test";
import { alone, faults, figure, open, stage } from "./site.mjs";

const { site, browser } = await stage();

const VIEWS = ["both", "ladder", "network", "states", "inside", "window", "graphs", "story"];
const press = (name) => (scope) => scope.getByRole("button", { name }).first().click();
const dialog = (name) => async (scope) => {
  await press(name)(scope);
  await scope.locator("dialog[open]").waitFor();
};
/** Does what may wait for the rest of the engine, and waits until its sign can be seen. */
const act = (what, sign) => async (scope) => {
  await what(scope);
  await scope.locator(sign).first().waitFor();
};
const drop = (scope) => scope.evaluate((element) => element.act({
  name: "intervene", action: "drop", target: element.shadowRoot.querySelector("[data-packet]").dataset.packet, by: "",
}));

/** Every state that a reader can bring a figure into, each from a fresh one: what it is called, and the way into it. */
const STATES = {
  ...Object.fromEntries(VIEWS.map((view) => [view, (scope) => scope.evaluate((element, view) => element.setAttribute("view", view), view)])),
  "the start": (scope) => scope.evaluate((element) => element.seek(0)),
  "playing": press("Play"),
  "a packet's card": act((scope) => scope.evaluate((element) => element.act({ name: "next-card", by: 0 })), ".card"),
  "what can be broken": act((scope) => scope.locator("[data-do=break]").click(), ".breaks"),
  "every parameter": act((scope) => scope.locator(".settings summary").click(), ".settings .sets"),
  "a fork": act(drop, "[data-do=keep]"),
  "a refusal": (scope) => scope.evaluate((element) => element.seek("soon")),
  "an engine that broke": (scope) => scope.evaluate((element) => { element.figure.__wbg_ptr = 0x7ffffff0; element.stepEvent(); }),
  "embed": dialog("Put this figure into a page"),
  "share": dialog("Share this figure as it is now"),
  "export": dialog("Take this figure along"),
  "German": async (scope) => {
    await scope.evaluate((element) => element.setAttribute("lang", "de"));
    await scope.getByRole("tab", { name: "Zustände" }).waitFor();
    await scope.locator("svg.ladder[aria-label]").waitFor();
  },
  "without controls": (scope) => scope.evaluate((element) => element.setAttribute("controls", "none")),
  "with a transport alone": (scope) => scope.evaluate((element) => element.setAttribute("controls", "transport")),
};

/** Visits every state, in a context of its own each. */
async function visit(options, look) {
  for (const [name, enter] of Object.entries(STATES)) {
    const { page, close } = await alone(browser, site, `preset="tcp-three-clients" at="0.5"`, options);
    const scope = await figure(page);
    await enter(scope);
    await look(page, scope, name);
    await close();
  }
}

for (const colorScheme of ["light", "dark"]) {
  test(`no state has an accessibility fault in ${colorScheme}`, async () => {
    await visit({ colorScheme }, async (page, _, name) => assert.deepEqual(await faults(page), [], name));
  });
}

test("in chosen colours every state passes too, and the pictures are drawn in the system's colours", async () => {
  await visit({ forcedColors: "active", colorScheme: "dark" }, async (page, scope, name) => {
    assert.deepEqual(await faults(page), [], name);
    const [paper, canvas] = await scope.evaluate((element) => {
      const colour = (of, name) => getComputedStyle(of)[name];
      const probe = document.body.appendChild(document.createElement("i"));
      probe.style.backgroundColor = "Canvas";
      const mark = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      mark.setAttribute("class", "label-back");
      element.shadowRoot.querySelector("svg.ladder").append(mark);
      return [colour(mark, "fill"), colour(probe, "backgroundColor")];
    });
    assert.equal(paper, canvas, name);
  });
});

test("at 320 pixels no state is wider than the window, and everything that is pressed is large enough for a finger", async () => {
  await visit({ viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true }, async (page, scope, name) => {
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 320, name);
    const small = await scope.locator("button:visible, select:visible, input:visible, summary:visible").evaluateAll((pressed) => pressed
      .map((one) => [one.outerHTML.slice(0, 90), one.getBoundingClientRect()])
      .filter(([, box]) => box.width < 44 || box.height < 44)
      .map(([html, box]) => `${html}: ${box.width} x ${box.height}`));
    assert.deepEqual(small, [], name);
    const cut = await scope.locator(".knob input:visible").evaluateAll((inputs) => inputs
      .filter((input) => input.getBoundingClientRect().right > input.closest(".knob").getBoundingClientRect().right + 1)
      .map((input) => input.outerHTML.slice(0, 90)));
    assert.deepEqual(cut, [], name);
  });
});

test("the scrubber says where it is, and steps are told aloud", async () => {
  const { page, close } = await alone(browser, site, `preset="tcp-upper"`);
  const scope = await figure(page);
  const scrubber = scope.getByRole("slider", { name: "Position in the run" });
  await scrubber.press("Home");
  assert.match(await scrubber.getAttribute("aria-valuetext"), /^0/);
  await scope.locator("[data-do=milestone-on]").click();
  const [story, text] = [await scope.locator(".story").textContent(), await scrubber.getAttribute("aria-valuetext")];
  assert.ok(text.includes(story), `${text} tells ${story}`);
  assert.equal(await scope.locator(".story").getAttribute("aria-live"), "polite");
  await scope.evaluate((element) => element.play());
  await page.waitForFunction((element) => element.shadowRoot.querySelector(".story").ariaLive === "off", await scope.elementHandle());
  await close();
});

test("two fingers stretch the ladder, and one finger scrolls", async () => {
  const { page, close } = await alone(browser, site, `preset="tcp-three-clients" view="ladder" at="0"`, { hasTouch: true, isMobile: true });
  const scope = await figure(page);
  const box = scope.locator(".ladder-box");
  const height = () => box.evaluate((element) => element.scrollHeight);
  const { x, y, width, height: tall } = await box.boundingBox();
  const session = await page.context().newCDPSession(page);
  const middle = { x: Math.round(x + width / 2), y: Math.round(y + tall / 2) };
  const [before, scale] = [await height(), () => page.evaluate(() => visualViewport.scale)];
  await session.send("Input.synthesizePinchGesture", { ...middle, scaleFactor: 2, gestureSourceType: "touch" });
  const stretched = await height();
  assert.ok(stretched > 1.3 * before, `${before} became ${stretched}`);
  assert.equal(await scale(), 1, "the page stays as it is");
  await session.send("Input.synthesizeScrollGesture", { ...middle, yDistance: -150, gestureSourceType: "touch" });
  assert.ok(await box.evaluate((element) => element.scrollTop) > 50);
  assert.equal(await height(), stretched);
  await close();
});

/** What a figure has on paper: the pieces of its ladder, and what of their texts is whole in none of them. */
const onPaper = (page) => page.evaluate(async () => {
  dispatchEvent(new Event("beforeprint"));
  const root = document.querySelector("sock-scope").shadowRoot;
  const sheets = root.querySelector(".pictures:not(.original) .sheets");
  sheets.style.display = "block";
  const pieces = [...sheets.querySelectorAll("tbody svg")];
  const whole = new Map();
  for (const piece of pieces) {
    const { y: top, height } = piece.viewBox.baseVal;
    for (const text of piece.querySelectorAll("text")) {
      const { y, height: high } = text.getBBox();
      const inside = text.hasAttribute("transform") || (y + 2 >= top && y + high - 2 <= top + height);
      const key = ["x", "y"].map((name) => text.getAttribute(name)) + text.textContent;
      whole.set(key, inside || whole.get(key) === true);
    }
  }
  sheets.style.display = "";
  const ends = pieces.map(({ viewBox: { baseVal: { y, height } } }) => [y, y + height]);
  return { ends, texts: whole.size, cut: [...whole].filter(([, inside]) => !inside).map(([key]) => key) };
});

test("on paper stands the whole ladder in pieces that cut no text, and nothing to press", async () => {
  for (const [width, preset] of [[700, "tcp-three-clients"], [1200, "tcp-syn-lost"], [1200, "file-transfer"]]) {
    const { page, troubles, close } = await alone(browser, site, `preset="${preset}" view="ladder" at="0.3"`, {
      viewport: { width, height: 900 }, colorScheme: "dark",
    });
    const scope = await figure(page);
    const { ends, texts, cut } = await onPaper(page);
    assert.ok(texts > 40 && ends.length > 3, `${preset}: ${texts} texts in ${ends.length} pieces`);
    assert.ok(ends.every(([top, bottom], n) => bottom - top < 600 && (n === 0 || top === ends[n - 1][1])), "no gap, and each fits a page");
    assert.deepEqual(cut, [], preset);
    await page.emulateMedia({ media: "print", colorScheme: null });
    const bottoms = await scope.evaluate((element) => [".sheets tbody tr:last-child", ".story", ".programs"].map((selector) =>
      element.shadowRoot.querySelector(selector).getBoundingClientRect()).map(({ top, bottom }) => [top, bottom]));
    assert.ok(bottoms.every(([top], n) => n === 0 || bottoms[n - 1][1] <= top + 1), `one below the other: ${bottoms}`);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= width);
    assert.equal(await scope.locator("button:visible, input:visible, select:visible").count(), 0);
    await page.evaluate(() => dispatchEvent(new Event("afterprint")));
    assert.equal(await scope.locator(".sheets *").count(), 0, "a page that was printed has nothing of it left");
    assert.deepEqual(troubles, []);
    await close();
  }
});

test("on paper a fork stands with its original, each whole", async () => {
  const { page, close } = await alone(browser, site, `preset="udp-upper" view="ladder"`, { viewport: { width: 700, height: 900 } });
  const scope = await figure(page);
  await scope.evaluate((element) => element.act({
    name: "intervene", action: "drop", target: element.shadowRoot.querySelector("[data-packet]").dataset.packet, by: "",
  }));
  // With an engine in two parts the fork waits for the second one; at this width the fork is what is seen.
  await scope.locator(".original").waitFor({ state: "attached" });
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  await page.emulateMedia({ media: "print" });
  assert.deepEqual(await scope.locator(".sheets").evaluateAll((all) => all.map((sheets) => sheets.checkVisibility())), [true, true]);
  const crosses = await scope.evaluate((element) => [".original", ".pictures:not(.original)"].map((panel) => {
    const sheets = element.shadowRoot.querySelector(`${panel} .sheets`);
    return [sheets.querySelectorAll("thead svg").length, sheets.querySelectorAll(".cross").length > 0];
  }));
  assert.deepEqual(crosses, [[1, false], [1, true]]);
  await close();
});

test("the first page and the one that explains figures have no fault, in either colours and language", async () => {
  const pages = [["index.html", 1], ["de/index.html", 1], ["embed.html", 4], ["de/embed.html", 4]];
  for (const colorScheme of ["light", "dark"]) {
    for (const [path, figures] of pages) {
      const { page, troubles, close } = await open(browser, site.address + path, { colorScheme, reducedMotion: "reduce" });
      for (let n = 0; n < figures; n++) await figure(page, n);
      assert.deepEqual(await faults(page), [], path);
      assert.deepEqual(troubles, []);
      await close();
    }
  }
});
