/** Item vectors in an offline evaluation: learned once, in the order of the file, and met again in a second pass. */
import type { Position } from "../../src/core/domain.ts";
import type { VectorsValue } from "../../src/core/embed/vectors.ts";
import type { Operation } from "../../src/core/join/operations.ts";
import type { Pipeline } from "../../src/core/pipeline.ts";
import type { Backend } from "../embed/backends/backend.ts";
import { Embedder } from "../embed/embedder.ts";

export interface TrainingReport {
  readonly backend: Backend["name"];
  readonly trainings: number;
  readonly seconds: number;
  /** Of the last training, in nats a row. */
  readonly loss: number;
  /** Before each of its steps. */
  readonly losses: readonly number[];
}

export class OfflineVectors {
  private readonly embedder = new Embedder();
  private readonly learned = new Map<number, VectorsValue>();
  private readonly backend: Backend;
  private readonly elapsed: () => number;
  private milliseconds = 0;
  private losses: readonly number[] = [];

  /** @param elapsed milliseconds of a clock that only grows. */
  constructor(backend: Backend, elapsed: () => number) {
    this.backend = backend;
    this.elapsed = elapsed;
  }

  get report(): TrainingReport | undefined {
    const last = this.embedder.previous;
    if (last === undefined) return undefined;
    const { backend, milliseconds, learned, losses } = this;
    return { backend: backend.name, trainings: learned.size, seconds: milliseconds / 1000, loss: last.loss, losses };
  }

  /** What a first pass calls: learns from the rows of its operations, before each ranking that it is due at. */
  get learning() {
    return {
      onOperation: (operation: Operation, position: Position) => this.embedder.add(operation, position),
      vectorsAt: (place: number, { state }: Pipeline) => {
        if (!this.embedder.due) return undefined;
        const from = this.elapsed();
        const declared = { items: state.catalogue.items, vocabulary: state.catalogue.vocabulary };
        const learned = this.embedder.learn(this.backend, { declared, learnedTo: 0 });
        this.milliseconds += this.elapsed() - from;
        if (learned !== undefined) {
          this.learned.set(place, learned.value);
          this.losses = learned.losses;
        }
        return learned?.value;
      },
    };
  }

  /** The same vectors at the same places. */
  get again() {
    return { vectorsAt: (place: number) => this.learned.get(place) };
  }
}
