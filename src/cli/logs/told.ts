/** An explained decision for people. */
import type { explained } from "../../server/explain.ts";
import * as output from "../output.ts";

type Explained = ReturnType<typeof explained>;

/** Candidates whose probabilities stand in a slot's line. */
const LIKELIEST = 3;
/** Shown items whose features stand side by side. */
const SIDE_BY_SIDE = 8;

export function printExplained(told: Explained): void {
  const { decisionId, policy, variant, modelVersion, served, reason, at, explorer, parameters, floor } = told;
  printLine(decisionId);
  printLine(`  ${policy}, ${new Date(at).toISOString()}, served by ${served}${reason === null ? "" : ` (${reason})`}`);
  printLine(`  model version ${modelVersion}, variant ${variant}`);
  printLine(`  explorer ${explorer} ${JSON.stringify(parameters)}, floor ${floor}, seed ${told.seed}`);
  if (told.noise !== undefined) printLine(`  ${noiseOf(told.noise)}`);
  printLine(`  subject ${told.subject ?? "none"}, session ${told.session ?? "none"}`);
  printLine(`  context ${JSON.stringify(told.context ?? {})}, user ${JSON.stringify(told.user ?? {})}`);
  printLine("\nCandidates");
  printTable([["item", "in the request", "score", "uncertainty", "shown at"], ...told.candidates.map(candidateCells)]);
  printLine("\nSlots: the probability of what was shown given the slots above, its draw, and the likeliest");
  const heading = ["slot", "item", "propensity", "drawn by", "within", "explored", "reward", "likeliest"];
  printTable([heading, ...told.slots.map((slot) => slotCells(told, slot))]);
  printLine(`  joint ${number(told.joint)}: the probability of this list in this order`);
  printRewards(told);
  printFeatures(told);
  const shown = told.slots.map(({ item }) => item).join(", ");
  printLine(
    told.replay.same
      ? "\nReplay: the draw repeated gives the same list and propensities, to the last bit."
      : `\nReplay DIFFERS: the line says ${shown}; the draw repeated gives ${told.replay.items.join(", ")}.`,
  );
}

/** Ids are the callers' text: what would steer a terminal is shown as an escape. */
function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Bidi_Control}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function printLine(line: string): void {
  if (line.startsWith("\n")) output.printLine("");
  output.printLine(visible(line.replace(/^\n/, "")));
}

function printTable(rows: readonly (readonly string[])[]): void {
  output.printTable(rows.map((row) => row.map(visible)));
}

function noiseOf({ personal, epsilon }: NonNullable<Explained["noise"]>): string {
  return personal ? `private: epsilon ${number(epsilon)} of this list` : "private: by public data alone, epsilon 0";
}

function candidateCells({
  id,
  inputPosition,
  score,
  uncertainty,
  position,
}: Explained["candidates"][number]): string[] {
  return [
    id,
    String(inputPosition + 1),
    number(score),
    number(uncertainty),
    position === undefined ? "" : String(position),
  ];
}

function slotCells(told: Explained, slot: Explained["slots"][number]): string[] {
  const { position, item, propensity, pmf, explored, reward } = slot;
  const likeliest = pmf
    .map((p, itemIndex) => ({ p, id: told.candidates[itemIndex]?.id ?? "" }))
    .filter(({ p }) => p > 0);
  likeliest.sort((a, b) => b.p - a.p);
  const listed = likeliest.slice(0, LIKELIEST).map(({ p, id }) => `${id} ${number(p)}`);
  return [
    String(position),
    item ?? "",
    number(propensity),
    ...drawCells(slot),
    explored === undefined ? "" : explored ? "yes" : "no",
    number(reward),
    listed.join(", ") + (likeliest.length > LIKELIEST ? ", …" : ""),
  ];
}

/** Of a private draw the exact fraction: which of so many places are the item's is not worth more digits. */
function drawCells({ draw, exact }: Explained["slots"][number]): [string, string] {
  if (draw !== undefined) return [number(draw.uniform), `${number(draw.from)} … ${number(draw.to)}`];
  return exact === undefined || exact.sum === 1 ? ["", ""] : ["noise", `${exact.weight} of ${exact.sum}`];
}

const STATES: { readonly [state in Explained["rewards"]["state"]]: string } = {
  closed: "The window has ended: rewards are final.",
  open: "The window has not ended, as far as the log is joined: rewards may still come.",
  dropped: "Deferred and never activated: it counts nowhere.",
  unknown: "Whether the window has ended was not found out.",
};

function printRewards({ rewards: { state, received, complete } }: Explained): void {
  printLine(`\nRewards. ${STATES[state]}`);
  if (!complete) printLine("  The log was not read to the end of the window.");
  if (received.length === 0) return printLine("  None came.");
  const rows = received.map(({ at, item, value, type, rewardId, viewedThrough }) => [
    new Date(at).toISOString(),
    item ?? "(position 1)",
    number(value),
    type ?? "",
    rewardId ?? "",
    number(viewedThrough),
  ]);
  printTable([["at", "item", "value", "type", "rewardId", "viewedThrough"], ...rows]);
}

function printFeatures({ columns, slots, candidates }: Explained): void {
  const rows = slots.slice(0, SIDE_BY_SIDE).flatMap(({ item }) => {
    const { features } = candidates.find(({ id }) => id === item) ?? {};
    return features === undefined ? [] : [{ item, features }];
  });
  if (columns.length === 0 || rows.length === 0) return;
  printLine(`\nFeatures as they were scored${slots.length > rows.length ? ` (the first ${rows.length} slots)` : ""}`);
  const heading = ["column", ...rows.map(({ item }) => item ?? "")];
  printTable([heading, ...columns.map((name) => [name, ...rows.map(({ features }) => number(features[name]))])]);
}

function number(value: number | undefined): string {
  return value === undefined ? "" : String(Number(value.toPrecision(6)));
}
