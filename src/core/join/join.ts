/**
 * Decisions and rewards → operations. A pure fold: the same records in the same order give the same operations.
 * Nothing is learned twice, nothing acknowledged is lost: what does not fit is counted under its reason.
 */
import type { DecisionId, Subject, TimeMs } from "../domain.ts";
import { addReward, aggregate, emptyTally, factorOf } from "./aggregate.ts";
import { type BySubject, disremember, remember } from "./bySubject.ts";
import { learnOf } from "./learned.ts";
import { OperationKind } from "./operations.ts";
import {
  type IncomingReward,
  type JoinCounts,
  noCounts,
  type OpenDecision,
  type Pending,
  pendingOf,
} from "./pending.ts";
import type { JoinBounds, JoinSettings, OperationStore } from "./ports.ts";
import { queuesOf, Timers } from "./timers.ts";

export interface JoinOptions {
  readonly settings: JoinSettings;
  readonly store: OperationStore;
  readonly bounds: JoinBounds;
}

/** A mapped reward of a larger size is ignored: sums and squares of rewards must stay finite. */
const VALUE_MAX = 1e18;

export interface Timer {
  readonly kind: "settle" | "close" | "orphan" | "forget";
  readonly id: string;
}

export class Join {
  settings: JoinSettings;
  counts: JoinCounts = noCounts();
  pending = new Map<DecisionId, Pending>();
  timers = new Timers<Timer>();
  /** Rewards that overtook their decision. */
  orphans = new Map<DecisionId, IncomingReward[]>();
  /** Event times of decisions closed less than a window ago, to tell late from unknown. */
  closed = new Map<DecisionId, TimeMs>();
  rewardIds = new Set<string>();
  bySubject: BySubject = new Map();
  /** Rewards among the orphans. */
  waiting = 0;
  private readonly store: OperationStore;
  private readonly bounds: JoinBounds;

  constructor(options: JoinOptions) {
    this.settings = options.settings;
    this.store = options.store;
    this.bounds = options.bounds;
  }

  /** A decision was served at `now` of its clock. A second one with the same id is ignored. */
  open(decision: OpenDecision, clock: string, now: TimeMs): void {
    if (this.pending.has(decision.id) || this.closed.has(decision.id)) {
      this.counts.duplicateDecisions++;
      return;
    }
    this.counts.decisions++;
    const { deferred } = decision;
    this.pending.set(decision.id, pendingOf(decision, this.settings.defaultReward));
    remember(this.bySubject, decision.subject, decision.id);
    if (!deferred)
      this.timers.push(`settle ${clock}`, now + this.settings.settleMs, { kind: "settle", id: decision.id });
    this.timers.push(`close ${clock}`, now + this.settings.rewardWindowMs, { kind: "close", id: decision.id });
    const waiting = this.orphans.get(decision.id);
    if (waiting !== undefined) {
      this.orphans.delete(decision.id);
      this.waiting -= waiting.length;
      for (const reward of waiting) this.land(reward);
    }
    if (this.pending.size > this.bounds.pendingDecisionsMax) this.evict(clock, now);
  }

  activate(id: DecisionId, clock: string, now: TimeMs): void {
    const pending = this.pending.get(id);
    if (pending === undefined || pending.counts) return;
    this.counts.activations++;
    pending.counts = true;
    for (let row = 0; row < pending.items.length; row++) this.tell(pending, row, now);
    this.timers.push(`settle ${clock}`, now + this.settings.settleMs, { kind: "settle", id });
  }

  reward(reward: IncomingReward, clock: string, now: TimeMs): void {
    this.counts.rewards++;
    if (reward.rewardId !== undefined) {
      const key = `${reward.decision}\u0000${reward.rewardId}`;
      if (this.rewardIds.has(key)) {
        this.counts.duplicateRewards++;
        return;
      }
      this.rewardIds.add(key);
      this.timers.push(`forget reward ${clock}`, now + 2 * this.settings.rewardWindowMs, { kind: "forget", id: key });
      this.hasten(`forget reward ${clock}`, clock, () => this.rewardIds.size > this.bounds.rememberedIdsMax);
    }
    if (this.pending.has(reward.decision)) this.land(reward);
    else if (this.closed.has(reward.decision)) this.counts.lateRewards++;
    else this.wait(reward, clock, now);
  }

  private wait(reward: IncomingReward, clock: string, now: TimeMs): void {
    const waiting = this.orphans.get(reward.decision);
    if (waiting !== undefined) waiting.push(reward);
    else {
      this.orphans.set(reward.decision, [reward]);
      this.timers.push(`orphan ${clock}`, now + this.settings.rewardWindowMs, { kind: "orphan", id: reward.decision });
    }
    this.waiting++;
    this.hasten(`orphan ${clock}`, clock, () => this.waiting > this.bounds.waitingRewardsMax);
  }

  /** A bound was passed: what is first in the queue goes before its time. */
  private hasten(queue: string, clock: string, over: () => boolean): void {
    while (over()) {
      const timer = this.timers.pop(queue, Number.POSITIVE_INFINITY);
      if (timer === undefined) return;
      this.counts.forgottenEarly++;
      this.run(timer, clock, 0);
    }
  }

  /** The subject's latest decision that showed the item, for interactions that name no ranking. */
  latestShowing(subject: Subject, item: string): DecisionId | undefined {
    const ids = this.bySubject.get(subject) ?? [];
    return ids.findLast((id) => this.pending.get(id)?.items.includes(item) === true);
  }

  private land(reward: IncomingReward): void {
    const pending = this.pending.get(reward.decision);
    if (pending === undefined) return;
    if (!(reward.at - pending.at <= this.settings.rewardWindowMs)) {
      this.counts.lateRewards++;
      return;
    }
    const row = reward.item === undefined ? 0 : pending.items.indexOf(reward.item);
    if (row < 0) {
      this.counts.notShownRewards++;
      return;
    }
    if (reward.viewedThrough !== undefined) this.view(pending, reward.viewedThrough, reward.at);
    const factor = factorOf(this.settings.rewards, reward.type ?? "*");
    const value = reward.value * factor;
    if (factor === 0 || !(Math.abs(value) <= VALUE_MAX)) {
      this.counts.ignoredRewards++;
      return;
    }
    pending.tallies[row] ??= emptyTally();
    addReward(pending.tallies[row], value, reward.at);
    if (pending.counts) this.tell(pending, row, reward.at);
  }

  /** Passes a row's reward on if it differs from what was told before. */
  private tell(pending: Pending, row: number, at: TimeMs): void {
    const { rewardAggregation, defaultReward } = this.settings;
    const after = aggregate(pending.tallies[row], rewardAggregation, defaultReward);
    const before = pending.told[row];
    if (after === before) return;
    pending.told[row] = after;
    const { id: decision, subject, segments } = pending;
    const settled = pending.learnedAt !== undefined;
    this.store.append({
      kind: OperationKind.positive,
      decision,
      subject,
      item: pending.items[row],
      reward: after,
      delta: after - before,
      settled,
      segments,
      at,
    });
    if (pending.learnedAt === undefined || !pending.learned[row]) return;
    this.counts.corrections++;
    const { decision: id, variant, item, learnedAt, row: index, columns, dense } = this.learnedRow(pending, row);
    const kind = OperationKind.correct;
    this.store.append({ kind, decision: id, variant, item, before, after, learnedAt, row: index, columns, dense, at });
  }

  private view(pending: Pending, through: number, at: TimeMs): void {
    pending.viewedThrough = through;
    if (pending.learnedAt === undefined) return;
    for (let row = through; row < pending.items.length; row++) {
      if (!pending.learned[row]) continue;
      pending.learned[row] = false;
      const { subject, segments } = pending;
      const before = pending.told[row];
      this.store.append({
        kind: OperationKind.unlearn,
        ...this.learnedRow(pending, row),
        subject,
        segments,
        before,
        at,
      });
    }
  }

  private learnedRow(pending: Pending, row: number) {
    const learnedAt = pending.learnedAt ?? 0;
    const item = pending.items[row];
    const learned = this.store.recall(learnedAt);
    const index = learned.items.indexOf(item);
    const dense = learned.dense.subarray(index * learned.columns, (index + 1) * learned.columns);
    const { id: decision, variant } = pending;
    return { decision, variant, item, learnedAt, row: index, columns: learned.columns, dense };
  }

  /** Runs what is due on the clock at `now`, in the order of due times, settling before closing. */
  advance(clock: string, now: TimeMs): void {
    const queues = queuesOf(clock);
    for (;;) {
      let [queue, due] = [queues[0], this.timers.nextDue(queues[0])];
      for (let i = 1; i < queues.length; i++) {
        const other = this.timers.nextDue(queues[i]);
        if (other < due) [queue, due] = [queues[i], other];
      }
      if (due > now) return;
      const timer = this.timers.pop(queue, now);
      if (timer === undefined) return;
      this.run(timer, clock, Number.isFinite(due) ? due : now);
    }
  }

  private run(timer: Timer, clock: string, at: TimeMs): void {
    if (timer.kind === "forget") this.forget(timer.id);
    else if (timer.kind === "orphan") {
      const dangling = this.orphans.get(timer.id)?.length ?? 0;
      this.counts.danglingRewards += dangling;
      this.waiting -= dangling;
      this.orphans.delete(timer.id);
    } else {
      const pending = this.pending.get(timer.id);
      if (pending === undefined) return;
      if (timer.kind === "settle") this.settle(pending, at);
      else this.close(pending, clock, at);
    }
  }

  private settle(pending: Pending, settledAt: TimeMs): void {
    const { dense } = pending;
    if (dense === undefined || !pending.counts) return;
    const rows = Math.min(pending.viewedThrough, pending.items.length);
    pending.dense = undefined;
    for (let row = 0; row < rows; row++) pending.learned[row] = true;
    this.counts.rowsLearned += rows;
    const base = this.settings.defaultReward;
    pending.learnedAt = this.store.append(learnOf(pending, { dense, rows, settledAt, base }));
  }

  private close(pending: Pending, clock: string, at: TimeMs): void {
    if (pending.counts && pending.dense !== undefined) this.settle(pending, at);
    if (!pending.counts) this.counts.neverActivated++;
    this.counts.closed++;
    this.pending.delete(pending.id);
    this.closed.set(pending.id, pending.at);
    this.timers.push(`forget ${clock}`, at + this.settings.rewardWindowMs, { kind: "forget", id: pending.id });
    this.hasten(`forget ${clock}`, clock, () => this.closed.size > this.bounds.rememberedIdsMax);
    disremember(this.bySubject, pending);
    const { id: decision, learnedAt, told: rewards, variant, served, subject, at: decidedAt } = pending;
    let reward = 0;
    for (let row = 0; row < rewards.length; row++) if (pending.learned[row]) reward += rewards[row];
    const kind = OperationKind.close;
    this.store.append({ kind, decision, learnedAt, rewards, variant, served, subject, decidedAt, reward, at });
  }

  private forget(id: string): void {
    this.rewardIds.delete(id);
    this.closed.delete(id);
  }

  /** Over the bound the decision that opened first closes early. */
  private evict(clock: string, now: TimeMs): void {
    for (const pending of this.pending.values()) {
      this.counts.evicted++;
      this.close(pending, clock, now);
      return;
    }
  }
}
