import { packTree, unpackTree } from "../../../src/core/codec/tree.ts";
import { OperationKind } from "../../../src/core/join/operations.ts";
import { addRow, type Block, correctRow, emptyBlock, mergeBlocks } from "../../../training/learner/blocks.ts";
import { type Checkpoint, loadLearner, saveLearner } from "../../../training/learner/codec.ts";
import { familyParameters } from "../../../training/learner/family.ts";
import { layoutOf, quantiseOwn } from "../../../training/learner/itemLayout.ts";
import { Learner } from "../../../training/learner/learner.ts";
import { driftOnline, emptyOnline, learnOnline, type Online } from "../../../training/learner/online.ts";
import { OwnLearners } from "../../../training/learner/own.ts";
import { quantise, type Scale } from "../../../training/learner/scale.ts";
import { posterior } from "../../../training/learner/solve.ts";
import { correctOf, learnOf, randomDecisions, unlearnOf } from "../../unit/learner/rows.ts";
import { learnerConformance } from "./learner.ts";

const COLUMNS = ["first|z", "request:context.x", "request:context.y"];
const decisions = randomDecisions({ decisions: 400, rows: 2, columns: 3, seed: 4 });
const scale: Scale = {
  centre: Float32Array.of(0, 0.1, -0.2),
  scale: Float32Array.of(1, 0.8, 1.3),
  rewardUnit: 2 ** -10,
};
const learned = decisions.map((rows, i) => ({
  ...learnOf(rows, 3),
  items: rows.map((_, r) => `item${(i + r) % 5}`),
  variant: i % 3 === 0 ? "challenger" : "stable",
}));
const rewardSteps = (i: number, row: number) => Math.round(decisions[i][row].reward * 1024);

/** Two rows a step; each tenth step a reward of the step's first row changes. */
function addBoth(block: Block, i: number, integers: (dense: Float32Array) => Float64Array): Block {
  decisions[i].forEach(({ x }, row) => {
    addRow(block, integers(Float32Array.from(x)), rewardSteps(i, row), 1);
  });
  const [{ x }] = decisions[i];
  if (i % 10 === 0) correctRow(block, integers(Float32Array.from(x)), rewardSteps(i, 0), 512);
  return block;
}

function sums(name: string, order: number, integers: (dense: Float32Array) => Float64Array) {
  learnerConformance<Block>({
    name,
    steps: 120,
    // Where a block lies in the log is told by its first and last rows, which merging takes from its parts.
    empty: () => emptyBlock(0, order),
    add: (block, i) => addBoth(block, i, integers),
    save: packTree,
    load: (bytes) => unpackTree(bytes) as Block,
    value: (block) =>
      posterior(
        [block],
        { order, lastRow: 0, rewardUnit: 2 ** -10 },
        { halfLife: Number.POSITIVE_INFINITY, ridge: 10 },
      ),
    merge: mergeBlocks,
  });
}

sums("shared sums", 4, (dense) => {
  const out = new Float64Array(4);
  quantise(dense, scale, out);
  return out;
});

const layout = layoutOf(Int32Array.of(1, 2), { from: 0, items: 5, seen: [] });
if (layout === undefined) throw new Error("two columns make a layout");
const { length } = quantiseOwn(new Float32Array(3), layout, scale);
sums("sums of an item", length, (dense) => quantiseOwn(dense, layout, scale));

const precision = Float64Array.of(1, 10, 10, 10);
learnerConformance<{ online: Online; errors: number }>({
  name: "fading coefficients",
  steps: 300,
  empty: () => ({ online: emptyOnline(precision), errors: 0 }),
  add: ({ online, errors }, i) => {
    const [{ x, reward }] = decisions[i];
    driftOnline(online, precision, 0.99);
    return { online, errors: errors + learnOnline(online, { f: Float64Array.of(1, ...x), reward }, 1) };
  },
  save: packTree,
  load: (bytes) => unpackTree(bytes) as { online: Online; errors: number },
  value: ({ online }) => online.weights,
});

/** Each fifth step a reward changes, each seventh a row turns out unseen; decisions close three steps later. */
function feed(add: (operation: Parameters<Learner["add"]>[0], position: number) => void, i: number): void {
  const at = 10 * i;
  add(learned[i], at);
  if (i % 5 === 4) add(correctOf(learned[i - 2], at - 20, { row: 0, after: 1 }), at + 1);
  if (i % 7 === 6) add(unlearnOf(learned[i - 1], at - 10, { row: 1 }), at + 2);
  if (i === 150) add({ kind: OperationKind.schema, columns: ["request:context.z"] }, at + 3);
  if (i >= 3) add({ kind: OperationKind.close, decision: "d", learnedAt: at - 30, rewards: [], at: 0 }, at + 4);
}

learnerConformance<Learner>({
  name: "of a policy: shared and items' own coefficients, epochs and choice",
  steps: 300,
  empty: () => new Learner(COLUMNS),
  add: (learner, i) => {
    feed((operation, position) => learner.add(operation, position), i);
    return learner;
  },
  save: (learner) => saveLearner({ learner, position: 0 }),
  load: (bytes) => loadLearner(bytes).learner,
  value: (learner) => [familyParameters(learner), learner.choice.evidence(), learner.choice.ownEvidence()],
});

function withVariant(): Checkpoint {
  const own = new OwnLearners();
  const exploration = { name: "plackettLuce", parameters: {} };
  const variants = [{ name: "challenger", weight: 1, learn: "own" as const, model: "stable" as const, exploration }];
  own.add({ kind: OperationKind.variants, salt: "s", variants, since: 0 }, 0, COLUMNS);
  return { learner: new Learner(COLUMNS), own, position: 0 };
}

learnerConformance<Checkpoint>({
  name: "of a policy with a variant that learns alone",
  steps: 130,
  empty: withVariant,
  add: (checkpoint, i) => {
    const { learner, own } = checkpoint;
    feed((operation, position) => {
      own?.add(operation, position, learner.columns);
      learner.add(operation, position);
    }, i);
    return checkpoint;
  },
  save: saveLearner,
  load: loadLearner,
  value: ({ learner, own }) =>
    [learner, ...(own?.byVariant.values() ?? [])].map((one) => [one.rows, familyParameters(one)]),
});
