/** Acts of management on their way into the audit log: asked before, done after, refusals at a bounded rate. */
import type { Asked } from "../../core/access/audit.ts";
import { type Bucket, take } from "../../core/access/bucket.ts";
import type { AuditLog } from "../../ports/access.ts";
import type { Clock } from "../../ports/clock.ts";

/** A key without the role could else fill the disk. */
const REFUSALS_PER_SECOND = 10;
const FORBIDDEN = 403;

export type Act = Pick<Asked, "by" | "act" | "target">;

interface ActsParts {
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly id: () => string;
  /** Told when the outcome of an act could not be written. */
  readonly failed: (error: unknown) => void;
}

export class Acts {
  private readonly parts: ActsParts;
  private readonly refusals: Bucket = { tokens: REFUSALS_PER_SECOND, at: 0 };

  constructor(parts: ActsParts) {
    this.parts = parts;
  }

  /** Resolves with the act's id once the line is on disk; a hurried one's is written. Rejects as the disk does. */
  async asked(act: Act, level: "disk" | "process" = "disk"): Promise<string> {
    const { audit, clock } = this.parts;
    const id = this.parts.id();
    await audit.append({ kind: "asked", id, at: clock.now(), ...act }, level);
    return id;
  }

  done(id: string, status: number): void {
    const { audit, clock, failed } = this.parts;
    audit.append({ kind: "done", id, at: clock.now(), status }).catch(failed);
  }

  /** Beside the answer: nothing was changed. */
  refused(act: Act): void {
    if (take(this.refusals, REFUSALS_PER_SECOND, this.parts.clock.elapsed()) > 0) return;
    this.asked(act).then((id) => this.done(id, FORBIDDEN), this.parts.failed);
  }
}
