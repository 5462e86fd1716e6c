// The shadow tree of a figure. Everything that moves is drawn by the engine; this is what stands around it.

const icon = (path: string) => `<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="${path}"/></svg>`;

const button = (name: string, label: string, path: string) =>
  `<button type="button" data-do="${name}" aria-label="${label}" title="${label}">${icon(path)}</button>`;

const knob = (name: string, label: string, unit: string, max: number) => `
  <label class="knob"><span>${label} <output data-of="${name}"></output></span>
    <input type="range" data-knob="${name}" data-unit="${unit}" min="0" max="${max}" step="1"></label>`;

export const PLAY = "M8 5v14l11-7z";
export const PAUSE = "M7 5h4v14H7zM13 5h4v14h-4z";
const BACK = "M15.5 5v14L7 12zM5 5h2v14H5z";
const ON = "M8.5 5v14l8.5-7zM17 5h2v14h-2z";
const BACK_FAR = "M12 5v14l-8-7zM20 5v14l-8-7z";
const ON_FAR = "M4 5v14l8-7zM12 5v14l8-7z";
const LOOP = "M7 7h9l-2-2 1.4-1.4L19.8 8l-4.4 4.4L14 11l2-2H7a3 3 0 0 0 0 6h1v2H7A5 5 0 0 1 7 7zM17 9a5 5 0 0 1 0 8H9l2 2-1.4 1.4L5.2 16l4.4-4.4L11 13l-2 2h8a3 3 0 0 0 2.6-4.5z";
const DICE = "M5 3h14a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V5c0-1.1.900-2 2-2zm3 3.5A1.5 1.5 0 1 0 8 9.5 1.5 1.5 0 0 0 8 6.5zm8 8a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3zM12 10.5a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3z";

const transport = `
  <div class="transport">
    ${button("play", "Play", PLAY)}
    <div class="group">
      ${button("milestone-back", "Back to the last milestone", BACK_FAR)}
      ${button("event-back", "One event back", BACK)}
      ${button("event-on", "One event on", ON)}
      ${button("milestone-on", "On to the next milestone", ON_FAR)}
    </div>
    <input type="range" class="scrubber" min="0" max="1000" step="1" value="0" aria-label="Position in the run">
    <output class="time"></output>
    <div class="group">
      <select class="speed" aria-label="Speed" title="Speed">
        <option value="0.25">¼×</option><option value="0.5">½×</option><option value="1" selected>1×</option>
        <option value="2">2×</option><option value="4">4×</option>
      </select>
      ${button("loop", "Play again and again", LOOP)}
    </div>
  </div>`;

const knobs = `
  <div class="knobs">
    ${knob("delay", "Delay", " ms", 200)}
    ${knob("jitter", "Jitter", " ms", 100)}
    ${knob("loss", "Loss", " %", 60)}
    ${knob("reorder", "Reordering", " %", 60)}
    ${knob("duplicate", "Duplication", " %", 60)}
    <div class="knob"><label><span>Seed</span>
      <input class="seed" type="text" inputmode="numeric" autocomplete="off" spellcheck="false"></label>
      ${button("dice", "Another seed", DICE)}</div>
  </div>`;

const VIEWS = [
  ["both", "Wires and ladder"], ["ladder", "Ladder"], ["network", "Wires"], ["states", "States"], ["inside", "Inside"],
  ["window", "Window"], ["graphs", "Graphs"],
];

const views = `
  <div class="views" role="tablist" aria-label="Picture">
    ${VIEWS.map(([view, name]) =>
      `<button type="button" role="tab" id="tab-${view}" data-view="${view}" aria-controls="pictures">${name}</button>`).join("")}
  </div>`;

export const TEMPLATE = `
  <div class="scope">
    ${views}
    <div class="pictures" id="pictures" tabindex="0" role="tabpanel">
      <svg class="network" data-view="network" role="img"></svg>
      <div class="ladder-box" tabindex="0" role="group" aria-label="Time ladder">
        <svg class="ladder-head" data-view="ladder-head" aria-hidden="true"></svg>
        <svg class="ladder" data-view="ladder" role="img"></svg>
      </div>
      <label class="choice">Connection <select></select></label>
      <svg class="stage" data-view="stage" role="img"></svg>
      <div class="card" role="region" aria-label="Packet" hidden></div>
    </div>
    <p class="story"></p>
    ${transport}
    ${knobs}
    <div class="programs"></div>
    <p class="trouble" role="alert" hidden></p>
  </div>`;
