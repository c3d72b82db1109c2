/** From a request's headers to its principal: one lookup for a key that came before, one hash for another. */
import type { IncomingHttpHeaders } from "node:http";
import { type Bucket, take } from "../../core/access/bucket.ts";
import { isValid, type KeyRecord, principalOf } from "../../core/access/keyRecord.ts";
import { EVERYBODY, type Principal } from "../../core/access/principal.ts";
import { Recent } from "../../core/decide/recent.ts";
import { BrigandError } from "../../core/errors.ts";
import type { AccessPorts } from "../../ports/access.ts";
import type { Clock } from "../../ports/clock.ts";

/** Headers with valid keys that are remembered; each about 300 bytes. */
const KNOWN_MAX = 4000;

export interface Caller {
  readonly principal: Principal;
  /** A browser may have sent the key by itself, or no key is needed: then a foreign page may be behind it. */
  readonly ambient: boolean;
}

interface Known extends Caller {
  readonly record: KeyRecord;
  readonly bucket: Bucket;
  readonly rate: number;
}

const OPEN: Caller = { principal: EVERYBODY, ambient: true };

export class Callers {
  private readonly access: AccessPorts;
  private readonly clock: Clock;
  private readonly rateMax: number;
  private known = new Recent<Known>(KNOWN_MAX);
  private buckets = new Map<string, Bucket>();
  private version = -1;

  /** @param rateMax requests a second of a key whose record names no rate. */
  constructor({ access, clock, rateMax }: { access: AccessPorts; clock: Clock; rateMax: number }) {
    this.access = access;
    this.clock = clock;
    this.rateMax = rateMax;
  }

  /**
   * @throws CB_KEY_REQUIRED, CB_KEY_INVALID, RateExceeded. Cost: a lookup and a comparison of times for a header
   * that came before; SHA-256 of a short text otherwise.
   */
  of(headers: IncomingHttpHeaders): Caller {
    const { keys, openWithoutKeys } = this.access;
    if (keys.count === 0 && openWithoutKeys) return OPEN;
    if (keys.version !== this.version) this.forget(keys.version);
    const text = headers.authorization ?? headers["x-api-key"] ?? headers["ocp-apim-subscription-key"];
    if (typeof text !== "string" || text === "") throw new BrigandError("CB_KEY_REQUIRED");
    const known = this.known.get(text) ?? this.meet(text, headers.authorization !== undefined);
    if (!isValid(known.record, this.clock.now())) throw new BrigandError("CB_KEY_INVALID");
    const waitMs = take(known.bucket, known.rate, this.clock.elapsed());
    if (waitMs > 0) throw new RateExceeded(known.rate, waitMs);
    return known;
  }

  private meet(text: string, authorization: boolean): Known {
    const { key, ambient } = authorization ? credentialsOf(text) : { key: text, ambient: false };
    const record = this.access.keys.find(this.access.hash(key));
    if (record === undefined) throw new BrigandError("CB_KEY_INVALID");
    const rate = record.requestsPerSecond ?? this.rateMax;
    const bucket = this.buckets.get(record.id) ?? { tokens: rate, at: this.clock.elapsed() };
    this.buckets.set(record.id, bucket);
    const known = { record, principal: principalOf(record), ambient, bucket, rate };
    this.known.set(text, known);
    return known;
  }

  private forget(version: number): void {
    this.version = version;
    this.known = new Recent(KNOWN_MAX);
    const { keys } = this.access;
    this.buckets = new Map([...this.buckets].filter(([id]) => keys.get(id) !== undefined));
  }
}

export class RateExceeded extends BrigandError {
  readonly waitMs: number;

  constructor(maximum: number, waitMs: number) {
    super("CB_RATE_EXCEEDED", { maximum });
    this.waitMs = waitMs;
  }
}

/** Bearer KEY, or Basic, where the key is the password, or the user with no password. */
function credentialsOf(authorization: string): { readonly key: string; readonly ambient: boolean } {
  const [scheme, value = ""] = authorization.split(" ", 2);
  if (scheme.toLowerCase() !== "basic") return { key: value.trim(), ambient: false };
  const text = Buffer.from(value, "base64").toString("utf8");
  const colon = text.indexOf(":");
  const password = text.slice(colon + 1);
  return { key: password === "" ? text.slice(0, Math.max(0, colon)) : password, ambient: true };
}
