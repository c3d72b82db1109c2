/**
 * POST /v1/rank behind HTTP: features, one model call, one draw, one log line, the answer. Faults of the model never
 * reach the caller: the caller's own order is served then, and said to be `degraded`.
 */
import { checkReach, type Principal } from "../core/access/principal.ts";
import { answerOf } from "../core/decide/answer.ts";
import { candidatesOf } from "../core/decide/candidates.ts";
import { wrong } from "../core/decide/check.ts";
import { type Chosen, drawn, undrawn } from "../core/decide/choose.ts";
import { drawnPrivately, isPersonal } from "../core/decide/choosePrivately.ts";
import { decisionIdOf } from "../core/decide/decisionId.ts";
import type { ItemList } from "../core/decide/itemLists.ts";
import { lineOf } from "../core/decide/line.ts";
import { LogShare, passUniform } from "../core/decide/logShare.ts";
import { peopleOf } from "../core/decide/people.ts";
import type { RankRequest } from "../core/decide/rankRequest.ts";
import { unlogged } from "../core/decide/unlogged.ts";
import type { ItemId } from "../core/domain.ts";
import { BrigandError } from "../core/errors.ts";
import { type DecisionRecord, RecordKind, type ShadowRecord } from "../core/log/records.ts";
import type { Arm } from "../core/variants/arms.ts";
import { canaryArm, isInCanary } from "../core/variants/canary.ts";
import type { DecisionPlace } from "../ports/decisions.ts";
import type { Condition } from "./condition.ts";
import { type Deadlines, PASSED } from "./deadlines.ts";
import { Declarer } from "./declare.ts";
import type { Lookup } from "./lookup.ts";
import type { DecisionMetrics } from "./metrics.ts";
import type { Once } from "./once.ts";
import type { Policies } from "./policies.ts";
import type { AppPorts } from "./ports.ts";
import { type Scored, Scoring, type ToScore } from "./scoring.ts";
import type { PreparedPolicy } from "./settings.ts";
import { Shadow } from "./shadow.ts";
import type { OpenStream, Streams } from "./streams.ts";
import { Unwritten } from "./unwritten.ts";

export interface DeciderParts {
  readonly ports: AppPorts;
  readonly policies: Policies;
  readonly streams: Streams;
  readonly lookup: Lookup;
  readonly deadlines: Deadlines;
  readonly once: Once;
  readonly metrics: DecisionMetrics;
  readonly condition: Condition;
}

/** One request as it came. */
export interface Call {
  /** `elapsed()` when its headers were there; the deadline counts from it. */
  readonly arrivedAt: number;
  readonly body: Uint8Array;
  /** Who asks. */
  readonly caller: Principal;
  /** Its items, where they were read by `plainItems.ts`. */
  readonly list?: ItemList;
}

/** A decision in the log. */
export interface Decided {
  readonly record: DecisionRecord;
  readonly durable: Promise<void>;
  /** Where its line stands. */
  readonly stream: OpenStream;
  /** Set once it was answered before it was durable: resolves when its line is written, however late. */
  kept?: Promise<void>;
}

/** What a line holds beside what scoring reads. */
interface Told {
  readonly bodyHash?: string;
  readonly list?: ItemList;
}

interface Asked extends ToScore, Told {
  readonly nonce: string;
}

export class Decider {
  private readonly parts: DeciderParts;
  private readonly share: LogShare;
  private readonly scoring: Scoring;
  private readonly declarer: Declarer;
  private readonly shadow: Shadow;
  private readonly unwritten: Unwritten;

  constructor(parts: DeciderParts) {
    this.parts = parts;
    const { clock, bounds } = parts.ports;
    this.scoring = new Scoring(parts);
    const { metrics, models } = parts.ports;
    this.shadow = new Shadow({ clock, metrics, shadowOf: (line) => models.shadow?.(line) });
    const streamOf = (policy: string) => parts.streams.of(parts.policies.get(policy));
    this.unwritten = new Unwritten({ clock, index: parts.ports.index, metrics, streamOf });
    this.declarer = new Declarer({
      streams: parts.streams,
      replica: parts.ports.replica,
      hash: parts.ports.random.hash,
    });
    const { fullLogShare, logBytesPerSecondMax } = bounds;
    this.share = new LogShare({ fullLogShare, bytesPerSecondMax: logBytesPerSecondMax }, clock.now());
  }

  /**
   * The answer as JSON text.
   * @throws the caller's mistakes (4xx), CB_ACCESS_POLICY, CB_LOG_FULL, CB_LOG_WRITE_FAILED, CB_INDEX_LOADING, CB_SERVER_CLOSING
   */
  async rank(request: RankRequest, call: Call): Promise<string> {
    return this.answer(await this.line(request, call), request, call);
  }

  /** The decision's line, for answers of other forms. @throws as `rank` */
  async line(request: RankRequest, call: Call): Promise<DecisionRecord> {
    const { policies, once, ports } = this.parts;
    checkCount(request, ports.bounds.itemsPerRequestMax);
    checkReach(call.caller, request.policy);
    const policy = policies.use(request.policy);
    const deadline = call.arrivedAt + (request.timeoutMs ?? policy.settings.timeoutMs);
    const { list } = call;
    if (request.decisionId === undefined) return this.unnamed(this.ask(request, { policy, deadline }, { list }));
    const bodyHash = ports.random.hash(call.body);
    const decide = () => this.decide(this.ask(request, { policy, deadline }, { bodyHash, list }));
    const stream = this.parts.streams.of(policy);
    const place = { policy: policy.name, stream: stream.name, position: stream.end };
    const { record, own } = await once.decide({ id: request.decisionId, bodyHash, deadline, place }, decide);
    if (own !== undefined) await this.untilDurable(own, deadline);
    return record;
  }

  /**
   * A decision whose id nobody chose. Where the log does not take it, the caller's order is the answer; what must be found
   * again later (an id that the caller chose, a deferred decision) is refused then.
   */
  private async unnamed(asked: Asked): Promise<DecisionRecord> {
    const decided = await this.decide(asked);
    try {
      await this.untilDurable(decided, asked.deadline);
      return decided.record;
    } catch (error) {
      if (!(error instanceof BrigandError && error.code === "CB_LOG_WRITE_FAILED")) throw error;
      if (asked.request.defer === true) throw error;
      if (error.cause !== undefined) this.parts.condition.logFailed(error);
      this.parts.metrics.fault("log", error);
      return unlogged(decided.record, asked.candidates);
    }
  }

  private ask(request: RankRequest, by: { policy: PreparedPolicy; deadline: number }, told: Told): Asked {
    const { ports } = this.parts;
    const { policy, deadline } = by;
    const candidates = candidatesOf(request, policy.settings, told.list?.ids);
    const people = peopleOf(request, ports.pseudonym);
    const nonce = ports.random.nonce();
    const arm = this.armOf(policy, people.subject ?? request.decisionId ?? nonce);
    const { bodyHash, list } = told;
    return { request, policy, arm, candidates, people, at: ports.clock.now(), deadline, nonce, bodyHash, list };
  }

  /** The unit's variant first; inside the one that serves the stable model, whether it is in the canary's share. */
  private armOf(policy: PreparedPolicy, unit: string): Arm {
    const arm = policy.arms[policy.assign(unit)];
    if (arm.model.version !== undefined || arm.model.line !== policy.name) return arm;
    const canary = this.parts.ports.models.canary?.(policy.name);
    return canary !== undefined && isInCanary(unit, policy.name, canary) ? canaryArm(arm, canary) : arm;
  }

  /** From a good request to a queued log line. */
  private async decide(asked: Asked): Promise<Decided> {
    this.parts.streams.of(asked.policy);
    return this.write(asked, await this.scoring.score(asked));
  }

  /** Draws, and queues the line; after that nobody reads the matrix of features any more. */
  private write(asked: Asked, scored: Scored): Decided {
    const { ports, streams } = this.parts;
    const started = ports.stages === undefined ? 0 : performance.now();
    const stream = streams.of(asked.policy);
    const { nonce } = asked;
    const place = { policy: asked.policy.name, stream: stream.name, position: stream.end };
    const id = asked.request.decisionId ?? decisionIdOf(place, nonce.slice(0, 16));
    const seed = ports.random.seed({ policy: asked.policy.name, decisionId: id, nonce });
    const chosen = this.choose(asked, scored, seed);
    const drawnAt = ports.stages?.add("draw", started) ?? 0;

    const matrix = scored.encoded?.dense.byteLength ?? 0;
    this.share.adapt(asked.at);
    const passProbability = this.share.share;
    const full = matrix > 0 && (passProbability >= 1 || passUniform(seed) < passProbability);
    const { workspace } = ports;
    const record = lineOf({ asked, scored, chosen, id, workspace, nonce, seed, passProbability, full });
    const appended = stream.append(record, "process");
    this.share.count({ thin: appended.bytes - (record.full ? matrix : 0), matrix });
    const { items, inputPosition } = asked.candidates;
    const numbers = asked.request.itemNumbers;
    this.declarer.note(id, { policy: asked.policy, items, inputPosition, numbers }, asked.at);
    stream.expectSettling(asked.at, asked.policy.settings.settleMs);
    const stands = { policy: asked.policy.name, stream: stream.name, position: appended.position };
    this.note(record, asked, stands);
    // A line that was refused stands nowhere: the id is decided anew.
    if (asked.bodyHash !== undefined)
      appended.durable.catch((error: unknown) => {
        this.parts.condition.logFailed(error);
        ports.index.forget(id, stands);
      });
    ports.stages?.add("log", drawnAt);
    const { encoded, scores } = scored;
    if (encoded !== undefined && scores !== undefined) {
      const log = (line: ShadowRecord) => stream.append(line, "process");
      this.shadow.note(asked.policy.name, encoded, { id, ids: asked.candidates.ids, score: scores.score, log });
    }
    return { record, durable: appended.durable, stream };
  }

  private note(record: DecisionRecord, asked: Asked, place: DecisionPlace): void {
    const { ports, lookup, metrics } = this.parts;
    if (asked.bodyHash !== undefined) ports.index.put(record.id, place, asked.at);
    const items: ItemId[] = new Array(record.slots.length);
    for (let slot = 0; slot < items.length; slot++) items[slot] = record.items[record.slots[slot]];
    lookup.note(record.id, { policy: place.policy, items });
    metrics.decided(record);
  }

  private choose(asked: Asked, scored: Scored, seed: string): Chosen {
    const { policy, arm, candidates } = asked;
    if (scored.scores === undefined) return undrawn(candidates, scored.fault);
    if (!isServed(policy, asked.people.subject ?? asked.request.decisionId ?? asked.nonce)) return undrawn(candidates);
    if (this.parts.ports.clock.elapsed() >= asked.deadline) return undrawn(candidates, "deadline");
    try {
      if (arm.explorer.private !== true) return drawn(arm, candidates, { scores: scored.scores, seed });
      const words = this.parts.ports.random.noise(candidates.slots);
      const personal = isPersonal(asked.request, policy.settings);
      return drawnPrivately(arm, candidates, { scores: scored.scores, personal, words });
    } catch (error) {
      this.parts.metrics.fault("draw", error);
      return undrawn(candidates, "draw");
    }
  }

  /**
   * A list that was drawn is served: at the deadline only its durability is given up, and the log says so. Not while the
   * log refuses lines: it would most likely refuse this one too, after it was answered.
   * @throws CB_LOG_WRITE_FAILED
   */
  private async untilDurable(decided: Decided, deadline: number): Promise<void> {
    const { deadlines, ports, metrics, condition } = this.parts;
    const started = ports.clock.elapsed();
    if (decided.kept !== undefined) return;
    if ((await deadlines.race(decided.durable, deadline)) === PASSED) {
      decided.durable.catch(() => {});
      if (condition.isLogFailing)
        throw new BrigandError("CB_LOG_WRITE_FAILED", { problem: "it refused lines just now, and took its time" });
      this.tellUndurable(decided);
    }
    metrics.waited(ports.clock.elapsed() - started);
    ports.stages?.add("wait", started);
  }

  private tellUndurable(decided: Decided): void {
    const { ports, metrics } = this.parts;
    const { durable, stream, record } = decided;
    const fault = (error: unknown) => metrics.fault("log", error);
    metrics.undurable();
    decided.kept = durable.catch((error: unknown) => {
      fault(error);
      return this.unwritten.keep(record);
    });
    try {
      const undurable = { kind: RecordKind.undurable, decision: record.id, at: ports.clock.now() };
      stream.append(undurable, "process").durable.catch(fault);
    } catch (error) {
      fault(error);
    }
  }

  private answer(record: DecisionRecord, request: RankRequest, call: Call): string {
    const { clock, stages } = this.parts.ports;
    const started = stages === undefined ? 0 : performance.now();
    const tookMs = Math.round((clock.elapsed() - call.arrivedAt) * 100) / 100;
    const text = answerOf(record, { tookMs, explain: request.explain === true });
    if (stages !== undefined) {
      stages.add("answer", started);
      stages.count++;
    }
    return text;
  }
}

/** Whether the policy's mode lets the unit have the model's draw. */
function isServed({ name, settings }: PreparedPolicy, unit: string): boolean {
  const { mode, canaryShare: share = CANARY_SHARE } = settings;
  return mode === "online" || (mode === "canary" && isInCanary(unit, name, { version: 0, share }));
}

const CANARY_SHARE = 0.05;

function checkCount({ items }: RankRequest, itemsPerRequestMax: number): void {
  if (items.length > itemsPerRequestMax) throw wrong("items", `an array of 1 to ${itemsPerRequestMax} items`, items);
}
