// The words of a figure in English. Every other language has the same keys: see `Words`.

export const en = {
  // Tabs
  picture: "Picture",
  views: {
    both: "Wires and ladder",
    ladder: "Ladder",
    network: "Wires",
    states: "States",
    inside: "Inside",
    window: "Window",
    graphs: "Graphs",
    story: "Story",
  },
  timeLadder: "Time ladder",
  connection: "Connection",

  // The ladder
  conversation: "What the ladder shows",
  allConversations: "Everything",
  zoomIn: "Stretch time",
  zoomOut: "Shrink time",

  // Transport
  play: "Play",
  pause: "Pause",
  milestoneBack: "Back to the last milestone",
  eventBack: "One event back",
  eventOn: "One event on",
  milestoneOn: "On to the next milestone",
  position: "Position in the run",
  speed: "Speed",
  loop: "Play again and again",
  moment: (time: string, story: string) => `${time}: ${story}`,

  // Handing it on
  embed: "Put this figure into a page",
  share: "Share this figure as it is now",
  noLink: "A link cannot hold this run, which was recorded: hand on its trace, a file.",
  export: "Take this figure along",

  // Knobs
  delay: "Delay",
  jitter: "Jitter",
  loss: "Loss",
  reorder: "Reordering",
  duplicate: "Duplication",
  seed: "Seed",
  dice: "Another seed",
  nextSeed: "Next seed",
  more: "Every parameter",

  // Forks and interventions; more of them in fork.ts
  fork: "Fork",
  breakThings: "Break something",

  // Programs
  language: "Language",
  programIn: (program: string, language: string) => `${program} in ${language}`,
  variablesOf: (program: string) => `Variables of ${program}`,
  printedBy: (program: string) => `Printed by ${program}`,
  prints: "prints",
  lineOf: (program: string, line: number) => `${program}, line ${line}`,
  noText: "Nobody knows its lines: only its calls were seen.",

  // The packet card; more of it in desk.ts
  packet: "Packet",

  // Troubles
  unreachable: "What this takes could not be loaded: there is no way to the server. Try again when there is one.",
  broke: (why: string) => `This figure broke, which is a fault of ours: ${why}`,
  unknownRun: "The server does not know this run, or not this page: was it started anew?",
};

export type Words = typeof en;
