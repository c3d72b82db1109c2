/** A model's bytes as a session that is shared by requests and released after the last of them. */
import { Tensor } from "onnxruntime-node";
import { BrigandError } from "../../core/errors.ts";
import { MODEL_BYTES_MAX } from "../../core/model/bundle.ts";
import { type CrossLayout, crossLayout } from "../../core/model/crosses.ts";
import { checkForeign, isForeign } from "../../core/model/foreign.ts";
import type { Manifest } from "../../core/model/manifest.ts";
import { type OnnxSummary, readOnnx } from "../../core/model/onnxReader.ts";
import { tensorValues } from "../../core/model/onnxTensor.ts";
import { placesOf } from "../../core/model/own.ts";
import { checkSignature } from "../../core/model/signature.ts";
import type { LoadedModel } from "../../ports/models.ts";
import type { ScoreRequest, ScoreResult, Scorer } from "../../ports/scorer.ts";
import { fitColumns } from "./columns.ts";
import { checkCrosses, crossInputs } from "./crosses.ts";
import { foreignSession } from "./foreign.ts";
import { membershipOf } from "./membership.ts";
import { runRaw } from "./raw.ts";
import { createSession, loadFailed, type Session } from "./runtime.ts";

/** What loading reads of a manifest. */
type LoadedManifest = Pick<Manifest, "version" | "columns" | "own" | "crosses">;

/**
 * Checks the bytes, then loads them. Cost: about 1 ms of this thread at 96 columns.
 * @throws the codes of `readOnnx`, CB_MODEL_SIGNATURE_INVALID, CB_MODEL_LOAD_FAILED
 */
export async function loadModel(
  { manifest, model }: { readonly manifest: LoadedManifest; readonly model: Uint8Array },
  bytesMax: number = MODEL_BYTES_MAX,
): Promise<LoadedModel> {
  const summary = readOnnx(model, { bytesMax });
  if (isForeign(summary)) return loadForeign(manifest, { model, summary });
  const { own, crosses } = manifest;
  checkSignature(summary, manifest.columns.length, { own, crosses });
  const layout = crosses && crossLayout(manifest.columns);
  if (crosses !== undefined) checkCrosses(summary, layout);
  const places = own && { placeOf: placesOf(own), nowhere: own.items.length + 1 };
  const centre = centreOf(summary, manifest.columns.length);
  const session = createSession(model);
  const form = {
    centre,
    judgesFirst: declaresFirst(summary) && judgesFirst(session, { centre, places, layout }),
    places,
    layout,
  };
  const apart = keepsApart(session, form);
  const { columns, version } = manifest;
  return new SharedSession(session, { version, columns, form, apart, graph: { session, summary } });
}

/** Rows of a foreign model that do not depend on each other are scored with those of other requests. */
function loadForeign(
  { version, columns }: LoadedManifest,
  { model, summary }: { readonly model: Uint8Array; readonly summary: OnnxSummary },
): LoadedModel {
  const outputs = checkForeign(summary, columns.length);
  const graph = { session: createSession(model, outputs), summary };
  const session = foreignSession(graph.session, outputs);
  const form = { centre: new Float32Array(columns.length), judgesFirst: false };
  return new SharedSession(session, { version, columns, form, apart: keepsApart(session, form, false), graph });
}

interface ModelFacts {
  readonly version: number;
  readonly columns: readonly string[];
  readonly form: Form;
  /** Whether candidates of several requests in one call do not meet. */
  readonly apart: boolean;
  /** The file itself, for raw inference. */
  readonly graph: { readonly session: Session; readonly summary: OnnxSummary };
}

interface Form {
  readonly centre: Float32Array;
  /** Whether variances are of the first rows alone, as many as there are counts. */
  readonly judgesFirst: boolean;
  /** Place of an item by its id, and that of rows without one; absent in graphs without the input `own`. */
  readonly places?: Places;
  /** Columns that crosses of strings are read from; absent in graphs without them. */
  readonly layout?: CrossLayout;
}

interface Places {
  readonly placeOf: (id: string) => number;
  readonly nowhere: number;
}

class SharedSession implements LoadedModel {
  private readonly session: Session;
  private readonly facts: ModelFacts;
  private readonly released: Promise<void>;
  private whenReleased: () => void = () => {};
  private holds = 1;
  private retired = false;

  constructor(session: Session, facts: ModelFacts) {
    this.session = session;
    this.facts = facts;
    this.released = new Promise((resolve) => {
      this.whenReleased = resolve;
    });
  }

  get version(): number {
    return this.facts.version;
  }

  hold(): Scorer {
    this.take();
    let held = true;
    return {
      version: this.facts.version,
      columns: this.facts.columns,
      population: this.facts.form.centre,
      readsIds: this.facts.form.places !== undefined,
      scoreNow: this.facts.apart ? (request) => this.scoreHeld(request, held) : undefined,
      score: async (request) => {
        if (!held) throw this.gone();
        this.take();
        try {
          await turn();
          return scoreWith(this.session, this.facts.form, request);
        } finally {
          this.drop();
        }
      },
      raw: {
        inputs: this.facts.graph.summary.inputs,
        outputs: this.facts.graph.summary.outputs,
        run: (feeds) => {
          if (!held) throw this.gone();
          return runRaw(this.facts.graph.session, this.facts.graph.summary, feeds);
        },
      },
      release: async () => {
        if (!held) return;
        held = false;
        this.drop();
      },
    };
  }

  retire(): Promise<void> {
    if (!this.retired) {
      this.retired = true;
      this.drop();
    }
    return this.released;
  }

  private scoreHeld(request: ScoreRequest, held: boolean): ScoreResult {
    if (!held) throw this.gone();
    return scoreWith(this.session, this.facts.form, request);
  }

  private take(): void {
    if (this.holds === 0) throw this.gone();
    this.holds++;
  }

  private drop(): void {
    this.holds--;
    if (this.holds > 0) return;
    this.session.release();
    this.whenReleased();
  }

  private gone(): BrigandError {
    return new BrigandError("CB_MODEL_RELEASED", { came: this.facts.version });
  }
}

/**
 * `dense` is not copied when its width is the model's. Cost at 96 columns: 17 µs for 10 rows, 32 µs for 100, 190 µs for
 * 1,000; so requests of the same moment share a call. Twins cost half as much again where the model gives variances of
 * the first rows alone; else they form groups of their own and cost as much as the others. @throws CB_MODEL_LOAD_FAILED
 */
function scoreWith(
  session: Session,
  { centre, judgesFirst, places, layout }: Form,
  request: ScoreRequest,
): ScoreResult {
  const { dense, n, columns, counts, sizes = [n], twins = false } = request;
  if (n === 0) return { mean: new Float32Array(0), variance: new Float32Array(0) };
  const rows = twins ? 2 * n : n;
  const apart = twins && !judgesFirst;
  try {
    const { averages, group } = membershipOf(apart ? [...sizes, ...sizes] : sizes);
    const judged = apart ? Float32Array.of(...counts, ...counts) : counts;
    const fitted = fitColumns(dense, { n: rows, columns }, centre);
    const outputs = session.run({
      dense: new Tensor("float32", fitted, [rows, centre.length]),
      averages,
      group,
      counts: new Tensor("float32", judged, [apart ? rows : n]),
      ...(layout && crossInputs(layout, { dense: fitted, n: rows, columns: centre.length })),
      ...(places && { own: new Tensor("int64", placesIn(places, rows, request), [rows]) }),
    });
    return { mean: outputs.mean.data as Float32Array, variance: outputs.variance.data as Float32Array };
  } catch (error) {
    throw loadFailed(error);
  }
}

/** Twins are of the items of the rows before them. */
function placesIn({ placeOf, nowhere }: Places, rows: number, { ids, n }: ScoreRequest): BigInt64Array {
  const places = new BigInt64Array(rows);
  for (let i = 0; i < rows; i++) places[i] = BigInt(ids === undefined ? nowhere : placeOf(ids[i % n]));
  return places;
}

const APART_SIZES = [3, 2];
const APART_TOLERANCE = 1e-5;

/**
 * Whether a model heeds `group`: two made-up requests must score in one call as they do alone, and not as one request
 * of all their rows (`grouped` false: a model without groups, whose rows must not heed each other). Any other model is
 * called once a request; what else is wrong with it the warm-up tells.
 */
function keepsApart(session: Session, form: Form, grouped = true): boolean {
  const { centre } = form;
  const columns = centre.length;
  const n = APART_SIZES[0] + APART_SIZES[1];
  // About the centre at several scales, so that not every column is clipped.
  const dense = Float32Array.from(
    { length: n * columns },
    (_, i) => centre[i % columns] + Math.sin(i) * 10 ** ((i % 7) - 3),
  );
  const counts = Float32Array.from({ length: n }, (_, i) => i);
  const rows = (from: number, to: number): ScoreRequest => {
    const own = { dense: dense.slice(from * columns, to * columns), counts: counts.slice(from, to) };
    return { ...own, n: to - from, columns };
  };
  try {
    const apart = scoreWith(session, form, { ...rows(0, n), sizes: APART_SIZES });
    const alone = [rows(0, APART_SIZES[0]), rows(APART_SIZES[0], n)].map((request) =>
      scoreWith(session, form, request),
    );
    if (!grouped) return sameScores(apart, alone);
    const mixed = scoreWith(session, form, rows(0, n));
    return sameScores(apart, alone) && !sameScores(mixed, alone);
  } catch {
    return false;
  }
}

/** Whether the model says of itself that there may be fewer counts than rows. */
function declaresFirst({ inputs }: OnnxSummary): boolean {
  const rowsOf = (input: string) => inputs.find(({ name }) => name === input)?.shape[0];
  return rowsOf("counts") !== rowsOf("dense");
}

/** Whether it is so: means of rows without counts are those of a call of their own. */
function judgesFirst(session: Session, given: Omit<Form, "judgesFirst">): boolean {
  const { centre } = given;
  const columns = centre.length;
  const n = APART_SIZES[0];
  const dense = Float32Array.from({ length: 2 * n * columns }, (_, i) => centre[i % columns] + Math.sin(i));
  const counts = new Float32Array(n);
  try {
    const form = { ...given, judgesFirst: true };
    const both = scoreWith(session, form, { dense, counts, n, columns, twins: true });
    const halves = [dense.slice(0, n * columns), dense.slice(n * columns)].map((half) =>
      scoreWith(session, form, { dense: half, counts, n, columns }),
    );
    const means = halves.flatMap(({ mean }) => [...mean]);
    return (
      both.mean.length === 2 * n &&
      both.variance.length === n &&
      means.every((value, i) => Math.abs(both.mean[i] - value) <= APART_TOLERANCE * (1 + Math.abs(value)))
    );
  } catch {
    return false;
  }
}

function sameScores(all: ScoreResult, parts: readonly ScoreResult[]): boolean {
  return (["mean", "variance"] as const).every((output) => {
    const values = parts.flatMap((part) => [...part[output]]);
    const came = all[output];
    return values.every((value, i) => Math.abs(came[i] - value) <= APART_TOLERANCE * (1 + Math.abs(value)));
  });
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** The initializer `centre` of a linear model; other models have phi 0 at 0. */
function centreOf(summary: OnnxSummary, columns: number): Float32Array {
  const centre = summary.initializers.find(
    ({ name, type, shape }) => name === "centre" && type === "float32" && shape.length === 1 && shape[0] === columns,
  );
  return centre === undefined ? new Float32Array(columns) : Float32Array.from(tensorValues(centre));
}
