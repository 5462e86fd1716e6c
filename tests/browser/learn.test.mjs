// The lessons as a reader takes them: every figure stops before the moment, and the engine checks what he predicts.

import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { DIST, faults, figure, open, serve, stage } from "./site.mjs";

const pages = (await readdir(`${DIST}learn`)).filter((name) => name.endsWith(".html"));
const lessons = pages.filter((name) => name !== "index.html");
const { site, browser } = await stage();

const lesson = (name, options) => open(browser, `${site.address}learn/${name}`, options);

async function ready(page) {
  const count = await page.locator("sock-scope").count();
  for (let n = 0; n < count; n++) await figure(page, n);
}

/** Of each question on the page: how many of its answers are right, and whether its figure is ahead of the moment. */
const answers = (page) => page.evaluate(() => [...document.querySelectorAll("sock-question")].map((element) => {
  const scope = element.querySelector("sock-scope");
  const question = element.getAttribute("ask");
  const answer = scope.ask(question);
  const choices = [...element.querySelectorAll("input[type=radio]")].map((input) => scope.check(question, input.value));
  const typed = element.querySelector("fieldset input:not([type=radio])");
  return {
    id: element.id, happens: answer !== undefined, held: answer?.position === undefined,
    right: choices.filter((right) => right === true).length,
    typed: typed ? scope.check(question, parseFloat(answer?.text) + (typed.dataset.unit ?? "")) : undefined,
    why: [...element.querySelectorAll(".why [data-ask]")].map(({ dataset }) => scope.ask(dataset.ask)?.text),
  };
}));

/** Predicts: chooses by the text of a label, or types. */
async function predict(page, id, said) {
  const question = page.locator(`sock-question#${id}`);
  const choice = question.locator("fieldset label", { hasText: said });
  if (await question.locator("input[type=radio]").count()) await choice.locator("input").check();
  else await question.locator("fieldset input").fill(said);
  await question.getByRole("button", { name: "Check" }).click();
  return question;
}

test("every question has exactly one right answer in its run, and its figure holds it back", async () => {
  for (const name of lessons) {
    const { page, troubles, close } = await lesson(name);
    await ready(page);
    const asked = await answers(page);
    assert.ok(asked.length > 0, `${name} asks something`);
    for (const { id, happens, held, right, typed, why } of asked) {
      assert.ok(happens && held, `${name}#${id} stops before the moment`);
      assert.ok(typed ?? right === 1, `${name}#${id}: ${right} of its answers are right`);
      assert.ok(why.every((text) => text), `${name}#${id}: ${why}`);
    }
    assert.equal(await page.locator(".why:visible").count(), 0);
    assert.deepEqual(troubles, []);
    await close();
  }
});

test("a question stays right when the run is another one", async () => {
  for (const name of lessons) {
    const { page, close } = await lesson(name);
    await ready(page);
    for (const [seed, loss] of [[2, 0], [3, 15], [4, 40]]) {
      await page.evaluate(([seed, loss]) => {
        const runs = [...document.querySelectorAll("sock-scope")].map((scope) => new Promise((made) => {
          scope.addEventListener("run", made, { once: true });
          scope.setAttribute("loss", loss);
        }));
        return Promise.all(runs).then(() => Promise.all([...document.querySelectorAll("sock-scope")].map((scope) => new Promise((made) => {
          scope.addEventListener("run", made, { once: true });
          scope.setAttribute("seed", seed);
        }))));
      }, [seed, loss]);
      for (const { id, happens, right, typed } of await answers(page)) {
        if (happens) assert.ok(typed ?? right === 1, `${name}#${id}, seed ${seed}, loss ${loss} %: ${right} right answers`);
      }
    }
    await close();
  }
});

test("a prediction is checked by the run, and the figure plays on", async () => {
  const { page, troubles, close } = await lesson("sockets.html");
  await ready(page);
  const scope = page.locator("#port sock-scope");
  const seen = () => scope.evaluate((element) => element.shadowRoot.textContent);
  assert.doesNotMatch(await seen(), /no port yet|:63630/);
  await page.locator("#port form button").click();
  assert.match(await page.locator("#port .verdict").textContent(), /Choose an answer first/);
  const question = await predict(page, "port", "at random");
  assert.match(await question.locator("[role=status]").textContent(), /^No/);
  assert.match(await question.locator("label[data-happens]").textContent(), /None yet/);
  assert.match(await question.locator(".why").innerText(), /it says 0\b/);
  await page.waitForFunction((element) => /no port yet/.test(element.shadowRoot.textContent), await scope.elementHandle());
  await question.getByRole("button", { name: "Ask me again" }).click();
  assert.equal(await question.locator(".why").isVisible(), false);
  await page.waitForFunction((element) => !/no port yet/.test(element.shadowRoot.textContent), await scope.elementHandle());
  await predict(page, "port", "None yet");
  assert.match(await question.locator("[role=status]").textContent(), /^Right/);
  assert.equal(await question.getAttribute("answered"), "right");
  assert.deepEqual(troubles, []);
  await close();
});

test("what is typed may be near enough, and must be a number", async () => {
  const { page, close } = await lesson("loss.html");
  await ready(page);
  const question = await predict(page, "timer", "soon");
  assert.match(await question.locator(".verdict").textContent(), /write a number/);
  assert.equal(await question.getAttribute("answered"), null);
  await predict(page, "timer", "1,0");
  assert.match(await question.locator(".verdict").textContent(), /^Right: 1 s/);
  await close();
});

test("the answer follows the sliders", async () => {
  const { page, close } = await lesson("refused.html");
  await ready(page);
  const question = await predict(page, "refused", "after one round trip");
  assert.match(await question.locator(".why").innerText(), /after\s+40 ms/);
  await question.locator("sock-scope").evaluate((element) => {
    const input = element.shadowRoot.querySelector("[data-knob=delay]");
    input.value = "70";
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  assert.match(await question.locator(".why").innerText(), /after\s+140 ms/);
  assert.equal(await question.getAttribute("answered"), "right");
  await close();
});

test("by keyboard alone, with less motion", async () => {
  const { page, close } = await lesson("closing.html", { reducedMotion: "reduce" });
  await ready(page);
  await page.locator("#end input[type=radio]").first().focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  assert.match(await page.locator("#end [role=status]").textContent(), /^Right/);
  assert.equal(await page.locator("#end fieldset legend").count(), 1);
  const scope = page.locator("#end sock-scope");
  await page.waitForFunction((element) => /recv\(\) returns end of stream/.test(element.shadowRoot.querySelector(".story").textContent)
    || element.position > 0.5, await scope.elementHandle());
  await close();
});

test("what was answered is marked, where the browser keeps anything", async () => {
  const { page, close } = await lesson("udp.html");
  await ready(page);
  await predict(page, "packets", "2");
  assert.equal(await page.locator("a.done").count(), 0, "one of two");
  await predict(page, "silence", "for ever");
  assert.match(await page.locator("a.done").first().textContent(), /UDP.*done/);
  await page.goto(`${site.address}learn/index.html`);
  assert.deepEqual(await page.locator("a.done").evaluateAll((links) => links.map((link) => link.dataset.lesson)), ["udp"]);
  await close();

  const other = await open(browser, "about:blank");
  await other.page.addInitScript(() => Object.defineProperty(window, "localStorage", { get() { throw new Error("denied"); } }));
  await other.page.goto(`${site.address}learn/udp.html`);
  await ready(other.page);
  await predict(other.page, "packets", "2");
  assert.match(await other.page.locator("#packets .verdict").textContent(), /^Right/);
  assert.deepEqual(other.troubles, []);
  await other.close();
});

test("the path leads from the first page through all lessons and back, under any base path", async () => {
  const under = await serve("/x/y/");
  const { page, troubles, close } = await open(browser, under.address);
  await page.locator("#lessons a").first().click();
  const walked = [];
  while (!page.url().endsWith("learn/index.html")) {
    walked.push(new URL(page.url()).pathname.split("/").at(-1));
    assert.equal(await page.locator("nav.path [aria-current=page]").count(), 1);
    await page.locator("nav.neighbours [rel=next]").click();
  }
  assert.deepEqual(walked.toSorted(), lessons.toSorted());
  assert.deepEqual(troubles, []);
  await close();
  under.close();
});

test("a lesson works without a server", async () => {
  const { page, troubles, close } = await open(browser, pathToFileURL(`${DIST}learn/handshake.html`).href);
  await ready(page);
  await predict(page, "segments", "3");
  assert.match(await page.locator("#segments .verdict").textContent(), /^Right: 3/);
  assert.deepEqual(troubles, []);
  await close();
});

for (const colorScheme of ["light", "dark"]) {
  test(`no accessibility fault on any page in ${colorScheme}`, async () => {
    for (const name of pages) {
      const { page, close } = await lesson(name, { colorScheme });
      await ready(page);
      assert.deepEqual(await faults(page), [], name);
      for (const input of await page.locator("fieldset input:not([type=radio])").all()) await input.fill("3");
      for (const question of await page.locator("sock-question").all()) {
        const choice = question.locator("input[type=radio]").first();
        if (await choice.count()) await choice.check();
        await question.locator("form button").click();
      }
      assert.deepEqual(await faults(page), [], name);
      await close();
    }
  });
}

test("nothing is wider than a small telephone", async () => {
  for (const name of [...pages, ...pages.map((page) => `de/${page}`)]) {
    const { page, close } = await lesson(name, { viewport: { width: 360, height: 740 }, hasTouch: true });
    await ready(page);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 360, name);
    await close();
  }
});
