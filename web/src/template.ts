// The shadow tree of a figure. Everything that moves is drawn by the engine; this is what stands around it.

import { KINDS } from "./dots.js";
import type { Words } from "./texts/index.js";

const icon = (path: string) => `<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="${path}"/></svg>`;

const button = (name: string, label: string, path: string) =>
  `<button type="button" data-do="${name}" aria-label="${label}" title="${label}">${icon(path)}</button>`;

const knob = (name: string, label: string, unit: string, max: number) => `
  <div class="knob"><span>${label} <input type="text" class="typed" data-typed="${name}" autocomplete="off" aria-label="${label}"></span>
    <input type="range" data-knob="${name}" data-unit="${unit}" min="0" max="${max}" step="1" aria-label="${label}"></div>`;

export const PLAY = "M8 5v14l11-7z";
export const PAUSE = "M7 5h4v14H7zM13 5h4v14h-4z";
const BACK = "M15.5 5v14L7 12zM5 5h2v14H5z";
const ON = "M8.5 5v14l8.5-7zM17 5h2v14h-2z";
const BACK_FAR = "M12 5v14l-8-7zM20 5v14l-8-7z";
const ON_FAR = "M4 5v14l8-7zM12 5v14l8-7z";
const BOLT = "M13 2 4 14h6l-1 8 9-12h-6z";
const NEXT = "M11 5h2v6h6v2h-6v6h-2v-6H5v-2h6z";
const LOOP = "M7 7h9l-2-2 1.4-1.4L19.8 8l-4.4 4.4L14 11l2-2H7a3 3 0 0 0 0 6h1v2H7A5 5 0 0 1 7 7zM17 9a5 5 0 0 1 0 8H9l2 2-1.4 1.4L5.2 16l4.4-4.4L11 13l-2 2h8a3 3 0 0 0 2.6-4.5z";
const DICE = "M5 3h14a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V5c0-1.1.900-2 2-2zm3 3.5A1.5 1.5 0 1 0 8 9.5 1.5 1.5 0 0 0 8 6.5zm8 8a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3zM12 10.5a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3z";

const ZOOM_IN = "M11 5h2v6h6v2h-6v6h-2v-6H5v-2h6z";
const ZOOM_OUT = "M5 11h14v2H5z";

const transport = (words: Words) => `
  <div class="transport">
    ${button("play", words.play, PLAY)}
    <div class="group">
      ${button("milestone-back", words.milestoneBack, BACK_FAR)}
      ${button("event-back", words.eventBack, BACK)}
      ${button("event-on", words.eventOn, ON)}
      ${button("milestone-on", words.milestoneOn, ON_FAR)}
    </div>
    <input type="range" class="scrubber" min="0" max="1000" step="1" value="0" aria-label="${words.position}">
    <output class="time"></output>
    <div class="group">
      <select class="speed" aria-label="${words.speed}" title="${words.speed}">
        <option value="0.25">¼×</option><option value="0.5">½×</option><option value="1" selected>1×</option>
        <option value="2">2×</option><option value="4">4×</option>
      </select>
      ${button("loop", words.loop, LOOP)}
      ${button("break", words.breakThings, BOLT)}
    </div>
  </div>`;

const knobs = (words: Words) => `
  <div class="knobs">
    ${knob("delay", words.delay, " ms", 200)}
    ${knob("jitter", words.jitter, " ms", 100)}
    ${knob("loss", words.loss, " %", 60)}
    ${knob("reorder", words.reorder, " %", 60)}
    ${knob("duplicate", words.duplicate, " %", 60)}
    <div class="knob"><label><span>${words.seed}</span>
      <input class="seed" type="text" inputmode="numeric" autocomplete="off" spellcheck="false"></label>
      ${button("next-seed", words.nextSeed, NEXT)}
      ${button("dice", words.dice, DICE)}</div>
  </div>
  <details class="settings"><summary>${words.more}</summary></details>`;

/** The tabs, in their order. */
const VIEWS = ["both", "ladder", "network", "states", "inside", "window", "graphs", "story"] as const;

const EMBED = "M8 6 2 12l6 6 1.5-1.5L5 12l4.5-4.5zM16 6l-1.5 1.5L19 12l-4.5 4.5L16 18l6-6z";
const SHARE = "M18 2a3 3 0 0 0-3 3v.7L8.6 9.3a3 3 0 1 0 0 5.4l6.4 3.6v.7a3 3 0 1 0 1-2.2l-6-3.4a3 3 0 0 0 0-2.8l6-3.4A3 3 0 1 0 18 2z";
const EXPORT = "M11 3h2v9l3.5-3.5L18 10l-6 6-6-6 1.500-1.500L11 12zM4 18h16v2H4z";

const handOn = (words: Words) => `
  <div class="group hand-on">
    ${button("embed", words.embed, EMBED)}${button("share", words.share, SHARE)}${button("export", words.export, EXPORT)}
  </div>`;

const views = (words: Words) => `
  <div class="views" role="tablist" aria-label="${words.picture}">
    ${VIEWS.map((view) =>
      `<button type="button" role="tab" id="tab-${view}" data-view="${view}" aria-controls="pictures">${words.views[view]}</button>`).join("")}
  </div>`;

/** What stretches the ladder, and chooses what it shows. */
const tools = (words: Words) => `<div class="ladder-tools">
          <select aria-label="${words.conversation}" title="${words.conversation}"></select>
          ${button("zoom-out", words.zoomOut, ZOOM_OUT)}
          ${button("zoom-in", words.zoomIn, ZOOM_IN)}
        </div>`;

/** The pictures of a run. */
export const scenes = (words: Words, label: string, tools = "") => `
      <p class="side">${label}</p>
      <svg class="network" data-view="network" role="img"></svg>
      <canvas class="dots" aria-hidden="true"></canvas>
      <svg class="scene samples" width="0" height="0" aria-hidden="true">${KINDS.map((kind) =>
        `<circle class="dot ${kind}"/>`).join("")}</svg>
      <div class="ladder-box" tabindex="0" role="group" aria-label="${words.timeLadder}">
        <svg class="ladder-head" data-view="ladder-head" aria-hidden="true"></svg>
        <svg class="ladder" data-view="ladder" role="img"></svg>
        <div class="now" aria-hidden="true"><div><svg data-view="now"></svg></div></div>
        ${tools}
      </div>
      <div class="sheets"></div>`;

export const template = (words: Words) => `
  <div class="scope">
    <div class="bar">${views(words)}${handOn(words)}</div>
    <div class="pictures" id="pictures" tabindex="0" role="tabpanel">
      ${scenes(words, words.fork, tools(words))}
      <label class="choice">${words.connection} <select></select></label>
      <svg class="stage" data-view="stage" role="img"></svg>
      <div class="story-view" hidden></div>
      <div class="card" role="region" aria-label="${words.packet}" hidden></div>
    </div>
    <div class="changes" hidden></div>
    <p class="story"></p>
    ${transport(words)}
    <div class="breaks" role="region" aria-label="${words.breakThings}" hidden></div>
    ${knobs(words)}
    <div class="programs"></div>
    <p class="trouble" role="alert" hidden></p>
  </div>`;
