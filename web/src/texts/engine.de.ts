// What the engine says in German: its sentences, and why it refuses something.

import patterns from "../../../crates/view/texts/de.json";
import refused from "./refused.de.json";
import type { EngineTexts } from "./engine.js";
import { retelling } from "./retelling.js";

export const german: EngineTexts = { patterns, retell: retelling(refused) };
