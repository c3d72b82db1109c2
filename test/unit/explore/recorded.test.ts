import { expect, it } from "vitest";
import { replayDraw } from "../../../src/core/explore/draw.ts";
import type { Parameters } from "../../../src/core/explore/explorer.ts";
import { scoresOf } from "../../conformance/explore/cases.ts";

/** Draws recorded when the format was fixed (docs/adr/0002-propensity.md). A line that fails here means that logged
 * decisions no longer replay: put the old arithmetic back, never a new expectation here. */
const recorded: [string, number[], number[]][] = [
  ["plackettLuce", [2, 5, 3, 0, 1], [0.4042002196095532, 1, 0.449273243048062, 0.8184475988997242, 0.8682222127514505]],
  [
    "epsilonGreedy",
    [3, 5, 0, 2, 1],
    [0.4640952380952381, 1, 0.9148571428571429, 0.9211428571428573, 0.9307619047619048],
  ],
  ["ucb", [3, 5, 0, 2, 1], [0.49714285714285716, 1, 0.9942857142857143, 0.9957142857142858, 0.9971428571428571]],
  ["greedy", [3, 5, 0, 2, 1], [0.49714285714285716, 1, 0.9942857142857143, 0.9957142857142858, 0.9971428571428571]],
  ["uniform", [3, 5, 2, 0, 1], [0.16666666666666666, 1, 0.19999999999999998, 0.25, 0.3333333333333333]],
  ["thompson", [2, 5, 3, 0, 1], [0.24811683630318604, 1, 0.4327819742091424, 0.728253211609376, 0.8220824857345573]],
  ["squareCb", [3, 5, 0, 2, 1], [0.41590250500559306, 1, 0.82189102045676, 0.8610700379576341, 0.9428960573476702]],
  ["regCbOpt", [3, 5, 0, 2, 1], [0.49714285714285716, 1, 0.9942857142857143, 0.9957142857142858, 0.9971428571428571]],
  ["bag", [2, 5, 1, 0, 3], [0.3732142857142857, 1, 0.24964285714285714, 0.685, 0.8726785714285714]],
];

const parameters: { readonly [explorer: string]: Parameters } = {
  plackettLuce: { kappa: 0.75, theta: 0.2, tauMin: 1e-6 },
  epsilonGreedy: { explorationRate: 0.1 },
  ucb: { width: 0.5 },
  greedy: {},
  uniform: {},
  bag: { bags: 16, width: 0.5 },
  thompson: { width: 0.5, sdMin: 1e-6 },
  squareCb: { gamma: 10, sharpness: 4 },
  regCbOpt: { mellowness: 0.1, rewardMax: 1e12 },
};

it.each(recorded)("a recorded draw of %s replays bit for bit", (explorer, slots, propensity) => {
  const replayed = replayDraw({
    scores: scoresOf([0.5, 0.4, 0.45, 0.5, 0.1, 0.3, 0.2], [0.2, 0.2, 0.3, 0.2, 0.4, 0.1, 0.25]),
    explorer,
    parameters: parameters[explorer],
    floor: 0.01 / 7,
    slots: 5,
    pins: [{ itemIndex: 5, position: 2 }],
    seed: "0123456789abcdef".repeat(4),
  });
  expect(Array.from(replayed.slots)).toEqual(slots);
  expect(Array.from(replayed.propensity)).toEqual(propensity);
});
