/** A decision as one line of decision-service JSON, in the order of keys that Vowpal Wabbit's own logs have. */
import type { Features } from "../domain.ts";
import type { LoggedDecision, LoggedItem, LoggedSlot } from "./decision.ts";

/** One slot without features of its own is a contextual bandit line, more are a conditional one; none has no label. */
export function dsjsonLine(decision: LoggedDecision): string {
  const { slots } = decision;
  const [first] = slots;
  const one = slots.length === 1 && first.features === undefined && first.id === undefined;
  if (slots.length === 0) return JSON.stringify({ ...head(decision), c: contextOf(decision), ...tail(decision) });
  return JSON.stringify(one ? bandit(decision, first) : conditional(decision));
}

function bandit(decision: LoggedDecision, slot: LoggedSlot): object {
  const { itemIndex, propensity, reward, order = [itemIndex], pmf = [propensity] } = slot;
  return {
    _label_cost: costOf(reward),
    _label_probability: propensity,
    _label_Action: itemIndex + 1,
    _labelIndex: itemIndex,
    ...head(decision),
    a: order.map((index) => index + 1),
    c: contextOf(decision),
    p: pmf,
    ...tail(decision),
  };
}

function conditional(decision: LoggedDecision): object {
  const { slots } = decision;
  const told = slots.map(({ id, features }) => ({ _id: id, ...features }));
  return {
    ...head(decision),
    c: { ...contextOf(decision), _slots: told },
    _outcomes: slots.map(({ id, itemIndex, propensity, reward, order = [itemIndex], pmf = [propensity] }) => ({
      _label_cost: costOf(reward),
      _id: id,
      _a: order,
      _p: pmf,
    })),
    ...tail(decision),
  };
}

/** Not −0, which other readers show. */
function costOf(reward: number | undefined): number | undefined {
  return reward === undefined ? undefined : 0 - reward;
}

function head({ id, at }: LoggedDecision): object {
  return { Timestamp: at === undefined ? undefined : new Date(at).toISOString(), Version: "1", EventId: id };
}

function tail({ model, pdrop, skipLearn }: LoggedDecision): object {
  return { VWState: model === undefined ? undefined : { m: model }, pdrop, _skipLearn: skipLearn };
}

function contextOf({ context, items }: LoggedDecision): object {
  return { ...held(context), _multi: items.map(actionOf) };
}

function actionOf({ id, features }: LoggedItem): object {
  return { _tag: id, ...held(features ?? {}) };
}

/** Names that begin with `_` are no features to Vowpal Wabbit, so it never reads them as others do. */
function held(features: Features): Features {
  const names = Object.keys(features);
  if (!names.some((name) => name.startsWith("_") && name !== "_text")) return features;
  return Object.fromEntries(
    names.flatMap((name) => (name.startsWith("_") && name !== "_text" ? [] : [[name, features[name]]])),
  );
}
