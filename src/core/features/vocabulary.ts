/**
 * Names of fields and tokens as small integers, with what encoding needs of each: how many items have it, its idf,
 * the mean of a number. Ids grow in order of first sight, so two folds of one log agree.
 */

/** Bounds: fields of each kind and tokens of all; what comes later gets no id and is left out. */
export const FIELDS_MAX = 512;
export const TOKENS_MAX = 2_000_000;

export interface TokenField {
  readonly name: string;
  /** Items that have the field; tokens of all of them; distinct tokens. */
  items: number;
  tokens: number;
  distinct: number;
}

export interface NumberField {
  readonly name: string;
  n: number;
  sum: number;
  /** Mean at the last refresh: what stands in for a missing value. */
  mean: number;
}

export class Vocabulary {
  readonly numberFields: NumberField[] = [];
  readonly tokenFields: TokenField[] = [];
  readonly tokenNames: string[] = [];
  /** Field of each token. */
  readonly tokenFieldOf: number[] = [];
  /** Number of items with each token. */
  readonly documents: number[] = [];
  idf = new Float64Array(0);
  /** Counts refreshes of idf and means: caches compare it. */
  generation = 0;
  itemCount = 0;
  private refreshedAt = 0;
  /** By token, as far as they were asked for; 0: not yet. */
  private hashes = new Uint32Array(0);
  /** First parts of the names of all fields. */
  private readonly roots = new Set<string>();
  private readonly numberIds = new Map<string, number>();
  private readonly tokenFieldIds = new Map<string, number>();
  /** By field, then text. */
  private readonly tokenIds: Map<string, number>[] = [];

  numberField(name: string, learn: boolean): number | undefined {
    const known = this.numberIds.get(name);
    if (known !== undefined || !learn || this.numberFields.length >= FIELDS_MAX) return known;
    this.numberIds.set(name, this.numberFields.length);
    this.roots.add(name.split(".")[0]);
    return this.numberFields.push({ name, n: 0, sum: 0, mean: 0 }) - 1;
  }

  tokenField(name: string, learn: boolean): number | undefined {
    const known = this.tokenFieldIds.get(name);
    if (known !== undefined || !learn || this.tokenFields.length >= FIELDS_MAX) return known;
    this.tokenFieldIds.set(name, this.tokenFields.length);
    this.roots.add(name.split(".")[0]);
    return this.tokenFields.push({ name, items: 0, tokens: 0, distinct: 0 }) - 1;
  }

  token(field: number, value: string, learn: boolean): number | undefined {
    const ids = this.idsOf(field);
    const known = ids.get(value);
    if (known !== undefined || !learn || this.tokenNames.length >= TOKENS_MAX) return known;
    const id = this.tokenNames.push(value) - 1;
    ids.set(value, id);
    this.tokenFieldOf.push(field);
    this.documents.push(0);
    this.tokenFields[field].distinct++;
    return id;
  }

  /** Of a token: worked out by `hash` from the names of its field and its own, once. */
  hashOf(token: number, hash: (field: string, token: string) => number): number {
    if (token >= this.hashes.length) {
      const wide = new Uint32Array(Math.max(1024, 2 * token));
      wide.set(this.hashes);
      this.hashes = wide;
    }
    if (this.hashes[token] === 0)
      this.hashes[token] = hash(this.tokenFields[this.tokenFieldOf[token]].name, this.tokenNames[token]);
    return this.hashes[token];
  }

  private idsOf(field: number): Map<string, number> {
    while (this.tokenIds.length <= field) this.tokenIds.push(new Map());
    return this.tokenIds[field];
  }

  /** Whether any of the features might belong to a known field. Cost: a lookup a name. */
  knowsAny(features: object): boolean {
    for (const name in features) {
      const dot = name.indexOf(".");
      if (this.roots.has(dot < 0 ? name : name.slice(0, dot))) return true;
    }
    return false;
  }

  countNumber(field: number, value: number): void {
    this.numberFields[field].n++;
    this.numberFields[field].sum += value;
  }

  count(field: number, tokens: Int32Array): void {
    this.tokenFields[field].items++;
    this.tokenFields[field].tokens += tokens.length;
    for (let k = 0; k < tokens.length; k++) this.documents[tokens[k]]++;
  }

  uncount(field: number, tokens: Int32Array): void {
    this.tokenFields[field].items--;
    this.tokenFields[field].tokens -= tokens.length;
    for (const token of tokens) this.documents[token]--;
  }

  /** idf and means move in steps, when the catalogue has grown by a tenth: between steps encoded rows stay cacheable. */
  refreshWhenGrown(): void {
    if (this.itemCount <= this.refreshedAt * 1.1 && this.refreshedAt > 0) return;
    this.refresh();
  }

  private refresh(): void {
    this.refreshedAt = this.itemCount;
    this.generation++;
    this.idf = new Float64Array(this.tokenNames.length);
    for (let i = 0; i < this.idf.length; i++)
      this.idf[i] = Math.log((this.itemCount + 1) / (this.documents[i] + 1)) + 1;
    for (const field of this.numberFields) field.mean = field.n > 0 ? field.sum / field.n : 0;
  }

  save() {
    const { numberFields, tokenFields, tokenNames, tokenFieldOf, documents, idf, generation, itemCount, refreshedAt } =
      this;
    return { numberFields, tokenFields, tokenNames, tokenFieldOf, documents, idf, generation, itemCount, refreshedAt };
  }

  /** Fills a fresh vocabulary. */
  load(saved: ReturnType<Vocabulary["save"]>): void {
    Object.assign(this, saved);
    this.numberFields.forEach(({ name }, id) => this.numberIds.set(name, id));
    this.tokenFields.forEach(({ name }, id) => this.tokenFieldIds.set(name, id));
    for (const { name } of [...this.numberFields, ...this.tokenFields]) this.roots.add(name.split(".")[0]);
    this.tokenNames.forEach((name, id) => this.idsOf(this.tokenFieldOf[id]).set(name, id));
  }

  /** idf of a token; one that came after the last refresh counts as rare. */
  idfOf(token: number): number {
    return token < this.idf.length ? this.idf[token] : Math.log((this.itemCount + 1) / 2) + 1;
  }
}
