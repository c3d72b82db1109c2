/** A token bucket: so many requests a second in the long run, and one second's worth at once. */

export interface Bucket {
  /** Requests that may come now; at most the rate. */
  tokens: number;
  /** Milliseconds, of a clock that only grows. */
  at: number;
}

/**
 * Takes a token if there is one. @param rate tokens a second, 1 or more; also the most that wait.
 * @returns 0 when it was taken, else the milliseconds until there is one. Cost: five operations, no allocation.
 */
export function take(bucket: Bucket, rate: number, now: number): number {
  const grown = bucket.tokens + ((now - bucket.at) * rate) / 1000;
  bucket.at = now;
  bucket.tokens = Math.min(grown, rate);
  if (bucket.tokens >= 1) {
    bucket.tokens--;
    return 0;
  }
  return ((1 - bucket.tokens) * 1000) / rate;
}
