/**
 * Personalizer's learning settings: arguments of Vowpal Wabbit. Those that say how to explore set the policy's
 * exploration; those of its learner mean nothing here, where the learner chooses by itself, and are left out.
 */
import { isObject, wrong } from "../../decide/check.ts";
import { BrigandError } from "../../errors.ts";
import { defaultSettings } from "../../settings/policy.ts";
import type { Exploration } from "../../settings/variants.ts";

export interface LearningSettings {
  readonly name: string;
  readonly arguments: string;
}

const ALGORITHM = "--cb_explore_adf";
const NAME_LENGTH_MAX = 256;
const ARGUMENTS_LENGTH_MAX = 4096;

/** Ways to explore of the arguments that are not served, with what to use instead. */
const UNSERVED = [
  "--cover",
  "--first",
  "--softmax",
  "--rnd",
  "--synthcover",
  "--cats",
  "--regcb",
  "--large_action_space",
];

/** The policy's exploration in the words of the arguments; what these cannot say has its own: --explorer NAME. */
export function learningSettingsOf({ name, parameters = {} }: Exploration): LearningSettings {
  const { explorationRate, bags } = parameters;
  const told = (value: number | undefined) => (value === undefined ? "" : ` ${value}`);
  const words: { readonly [explorer: string]: string } = {
    epsilonGreedy: `--epsilon${told(explorationRate ?? 0.1)}`,
    bag: `--bag${told(bags ?? 16)}`,
    squareCb: "--squarecb",
    regCbOpt: "--regcbopt",
    greedy: "--epsilon 0",
    uniform: "--epsilon 1",
  };
  return { name, arguments: `${ALGORITHM} ${words[name] ?? `--explorer ${name}`}` };
}

/**
 * The exploration that learning settings ask for. Without a word about exploration it is the default one.
 * @throws CB_BODY_INVALID, CB_DOOR_UNSUPPORTED for ways to explore that are not served
 */
export function explorationOf(body: unknown): Exploration {
  if (!isObject(body)) throw wrong("The body", "an object with name and arguments", body);
  const { name, arguments: text } = body;
  if (typeof name !== "string" || name.length === 0 || name.length > NAME_LENGTH_MAX)
    throw wrong("name", `a string of 1 to ${NAME_LENGTH_MAX} characters`, name);
  if (typeof text !== "string" || text.length > ARGUMENTS_LENGTH_MAX)
    throw wrong("arguments", `a string of at most ${ARGUMENTS_LENGTH_MAX} characters`, text);
  const words = text.trim().split(/[\s=]+/);
  if (!words.includes(ALGORITHM)) throw wrong("arguments", `arguments of Vowpal Wabbit with ${ALGORITHM}`, text);
  const unserved = words.find((word) => UNSERVED.includes(word));
  if (unserved !== undefined)
    throw new BrigandError("CB_DOOR_UNSUPPORTED", { call: `Exploring by ${unserved}`, problem: SERVED });
  return explorationBy(words);
}

const SERVED = "the ways that are: --epsilon, --bag, --squarecb, --regcbopt, --explorer";

function explorationBy(words: readonly string[]): Exploration {
  const after = (word: string) => {
    const at = words.indexOf(word);
    return at < 0 ? undefined : (words[at + 1] ?? "");
  };
  const explorer = after("--explorer");
  if (explorer !== undefined) return { name: explorer, parameters: {} };
  const bags = after("--bag");
  if (bags !== undefined) return { name: "bag", parameters: { bags: numberOf(bags, "--bag") } };
  if (words.includes("--squarecb")) return { name: "squareCb", parameters: {} };
  if (words.includes("--regcbopt")) return { name: "regCbOpt", parameters: {} };
  const rate = after("--epsilon");
  if (rate !== undefined) return epsilonGreedyBy(numberOf(rate, "--epsilon"));
  return defaultSettings.exploration;
}

/** The floor is part of the rate: none beside it. */
export function epsilonGreedyBy(explorationRate: number): Exploration {
  return { name: "epsilonGreedy", parameters: { explorationRate }, floor: 0 };
}

function numberOf(text: string, word: string): number {
  const value = text === "" ? Number.NaN : Number(text);
  if (!(value >= 0)) throw wrong(`arguments ${word}`, "followed by a number of at least 0", text);
  return value;
}
