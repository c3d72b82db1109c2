/** Every explorer by its name in settings and log. A new one is one line here; the conformance suite then runs on it. */
import { BrigandError } from "../errors.ts";
import { bag } from "./bag.ts";
import { epsilonGreedy } from "./epsilonGreedy.ts";
import type { Explorer } from "./explorer.ts";
import { greedy } from "./greedy.ts";
import { plackettLuce } from "./plackettLuce.ts";
import { privatePlackettLuce } from "./privatePlackettLuce.ts";
import { regCbOpt } from "./regCbOpt.ts";
import { squareCb } from "./squareCb.ts";
import { thompson } from "./thompson.ts";
import { ucb } from "./ucb.ts";
import { uniform } from "./uniform.ts";

export const explorers: readonly Explorer[] = [
  plackettLuce,
  thompson,
  bag,
  epsilonGreedy,
  squareCb,
  regCbOpt,
  ucb,
  greedy,
  uniform,
  privatePlackettLuce,
];

const byName = new Map(explorers.map((explorer) => [explorer.name, explorer]));

/** @throws CB_EXPLORER_UNKNOWN, listing the known ones. */
export function explorerOf(name: string): Explorer {
  const explorer = byName.get(name);
  if (explorer === undefined) {
    throw new BrigandError("CB_EXPLORER_UNKNOWN", { came: name, known: [...byName.keys()].join(", ") });
  }
  return explorer;
}
