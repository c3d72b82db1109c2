/** A learner over two dense columns and hashes of two request strings, an item's id and one of its strings. */
import { hashOf } from "../../../src/core/features/hashes.ts";
import type { CloseOperation, LearnOperation } from "../../../src/core/join/operations.ts";
import { OperationKind } from "../../../src/core/join/operations.ts";
import { type CrossLoss, crossLayout } from "../../../src/core/model/crosses.ts";
import type { FamilyParameters } from "../../../src/core/model/own.ts";
import { Learner } from "../../../training/learner/learner.ts";
import { linearParameters } from "../../../training/learner/parameters.ts";
import { mulberry32 } from "../../../training/simulate/labelled.ts";
import { learnOf } from "./rows.ts";

export const COLUMNS = [
  "item.rate|z",
  "number:price",
  "hash:context.reader:0",
  "hash:context.town:0",
  "item.hash",
  "itemhash:topic:0",
];

const READERS = 30;
const TOWNS = 20;
const ITEMS = 40;
const TOPICS = 20;

/** @returns values of one row, and who asks for what. A town is missing now and then. */
function drawn(uniform: () => number) {
  const below = (n: number) => Math.floor(n * uniform());
  const [reader, town, item, topic] = [below(READERS), below(TOWNS), below(ITEMS), below(TOPICS)];
  const hashes = [
    hashOf("context.reader", `r${reader}`),
    uniform() < 0.1 ? 0 : hashOf("context.town", `t${town}`),
    hashOf("", `i${item}`),
    hashOf("topic", `o${topic}`),
  ];
  return { x: [2 * uniform() - 1, 10 + uniform(), ...hashes], reader, topic };
}

/** Rows as a request has them, some of strings that no row before had. */
export function rowsOf(n: number, uniform: () => number) {
  const rows = Array.from({ length: n }, () => drawn(uniform).x);
  const counts = Float32Array.from({ length: n }, () => Math.floor(50 * uniform()));
  return { n, columns: COLUMNS.length, dense: Float32Array.from(rows.flat()), counts };
}

export interface Told {
  readonly learn: LearnOperation;
  readonly close: CloseOperation;
}

/** Operations: reader and topic fit (reward 1) or do not, nine times of ten. */
export function story(decisions: number, reward = (value: number) => value): Told[] {
  const uniform = mulberry32(4);
  return Array.from({ length: decisions }, (_, i) => {
    const { x, reader, topic } = drawn(uniform);
    const fits = (reader * 7 + topic * 3) % 5 === 0;
    const value = reward(fits === uniform() < 0.9 ? 1 : 0);
    const learn = { ...learnOf([{ x, reward: value }], COLUMNS.length), items: [`i${i % ITEMS}`] };
    const close: CloseOperation = {
      kind: OperationKind.close,
      decision: "d",
      learnedAt: 2 * i,
      rewards: [value],
      at: 0,
    };
    return { learn, close };
  });
}

export function tell(learner: Learner, decisions: readonly Told[], from = 0): void {
  decisions.forEach(({ learn, close }, i) => {
    learner.add(learn, 2 * (from + i));
    learner.add(close, 2 * (from + i) + 1);
  });
}

export function taught(reward?: (value: number) => number): Learner {
  const learner = new Learner(COLUMNS);
  tell(learner, story(3_000, reward));
  return learner;
}

/** What a model file would hold if this loss were believed. */
export function familyOf(learner: Learner, loss: CrossLoss): FamilyParameters {
  const linear = linearParameters(learner);
  const crosses = learner.choice.crosses.parameters(loss, linear.sigma2);
  const layout = crossLayout(COLUMNS);
  if (crosses === undefined || layout === undefined) throw new Error(`crosses of ${loss} loss were learned`);
  return { linear, crosses: { ...crosses, layout } };
}
