/**
 * Names put together from parts that come again and again: made once, so that they are one string whose hash is known.
 * A memo and nothing else: answers are those of the parts joined.
 */

/** Names kept; what comes later is put together each time. */
const KEPT_MAX = 16_384;

export class Names {
  private readonly separator: string;
  private readonly known = new Map<string, Map<string, string>>();
  private kept = 0;

  constructor(separator: string) {
    this.separator = separator;
  }

  join(first: string, second: string): string {
    const found = this.known.get(first)?.get(second);
    if (found !== undefined) return found;
    const name = `${first}${this.separator}${second}`;
    if (this.kept < KEPT_MAX) this.keep(first, second, name);
    return name;
  }

  private keep(first: string, second: string, name: string): void {
    let under = this.known.get(first);
    if (under === undefined) {
      under = new Map();
      this.known.set(first, under);
    }
    under.set(second, name);
    this.kept++;
  }
}
