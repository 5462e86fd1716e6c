// What a button, a key or a slider asks a figure for.

import type { Dialog } from "./sharing/index.js";

export type Action =
  | { name: "hand-on"; how: Dialog }
  | { name: "play" | "close" | "break" | "settings" | "undo" | "redo" }
  | { name: "event" | "milestone" | "next-card"; by: number }
  | { name: "seek"; to: number; told: boolean }
  | { name: "go-to" | "meet"; event: string }
  | { name: "card"; packet: string }
  | { name: "view"; view: string }
  | { name: "zoom"; by: number }
  | { name: "point"; at: MouseEvent }
  | { name: "parameter"; knob: string; value: string }
  | { name: "intervene"; action: string; target: string; by: string }
  | { name: "thing"; kind: string; target: string }
  | { name: "edit"; text: string }
  | { name: "remove"; n: number }
  | { name: "decide"; fork: boolean };
