/** Which policies' closed decisions wait for the compact job, and since when. Without I/O. */
import type { PolicyName } from "../../src/core/domain.ts";
import type { JoinCounts } from "../../src/core/join/pending.ts";

export interface WaitingOptions {
  readonly everyMs: number;
  readonly rowsMax: number;
  /** Milliseconds of a clock that only grows. */
  readonly elapsed: () => number;
}

interface Policy {
  /** Decisions closed since the log began, and those that a job was given. */
  closed: number;
  given: number;
  rowsPerDecision: number;
  /** When the first that waits was noticed. */
  since: number | undefined;
  triedAt: number;
}

/** After a job was asked for, the next of the same policy is at least this much later. */
const PAUSE_MS = 1_000;

export class Waiting {
  private readonly policies = new Map<PolicyName, Policy>();
  private readonly options: WaitingOptions;

  constructor(options: WaitingOptions) {
    this.options = options;
  }

  notify(
    name: PolicyName,
    { closed, rowsLearned, decisions }: Readonly<Pick<JoinCounts, "closed" | "rowsLearned" | "decisions">>,
  ): void {
    const policy = this.of(name);
    policy.closed = closed;
    policy.rowsPerDecision = rowsLearned / Math.max(1, decisions);
    if (closed > policy.given) policy.since ??= this.options.elapsed();
  }

  /** The policy goes. */
  forget(name: PolicyName): void {
    this.policies.delete(name);
  }

  /** Policies whose next job should begin now. */
  due(): PolicyName[] {
    const { everyMs, rowsMax, elapsed } = this.options;
    const now = elapsed();
    return [...this.policies].flatMap(([name, { since, triedAt, closed, given, rowsPerDecision }]) => {
      if (since === undefined || now - triedAt < Math.min(PAUSE_MS, everyMs)) return [];
      return now - since >= everyMs || (closed - given) * rowsPerDecision >= rowsMax ? [name] : [];
    });
  }

  /** A job is being asked for. @returns what to say to `done` once it was taken. */
  begin(name: PolicyName): number {
    const policy = this.of(name);
    policy.triedAt = this.options.elapsed();
    return policy.closed;
  }

  /** A job will cover what had closed when it was asked for. */
  done(name: PolicyName, closed: number): void {
    const policy = this.of(name);
    policy.given = closed;
    policy.since = policy.closed > closed ? policy.triedAt : undefined;
  }

  /** The job failed: everything waits again. */
  again(name: PolicyName): void {
    const policy = this.of(name);
    policy.given = 0;
    policy.since = this.options.elapsed();
  }

  /** Room is wanted: every policy, whether anything closed or not. */
  allNow(): void {
    for (const policy of this.policies.values()) policy.since = Number.NEGATIVE_INFINITY;
  }

  private of(name: PolicyName): Policy {
    let policy = this.policies.get(name);
    if (policy === undefined) {
      policy = { closed: 0, given: 0, rowsPerDecision: 0, since: undefined, triedAt: Number.NEGATIVE_INFINITY };
      this.policies.set(name, policy);
    }
    return policy;
  }
}
