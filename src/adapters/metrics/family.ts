/**
 * Metrics of server processes that share a port: whichever is asked tells those of all. It asks the parent, the parent
 * asks each; who does not answer in time is left out.
 */
import type { Metrics } from "../../ports/metrics.ts";
import { mergedText } from "./merged.ts";

const ANSWER_MS = 1000;
const GATHER_MS = 700;

type Message =
  | { readonly brigand: "metrics wanted"; readonly call: number }
  | { readonly brigand: "tell metrics"; readonly call: string }
  | { readonly brigand: "metrics told"; readonly call: string; readonly text: string }
  | {
      readonly brigand: "metrics gathered";
      readonly call: number;
      readonly texts: readonly (readonly [string, string])[];
    };

/** The other end of a channel between processes. */
export interface Channel {
  send(message: Message): void;
  onMessage(take: (message: Message) => void): void;
}

/** A child's metrics: `text` is that of the whole family, or its own where the parent does not answer. */
export function familyMetrics(own: Metrics, parent: Channel): Metrics {
  const waiting = new Map<number, (texts: ReadonlyMap<string, string>) => void>();
  let calls = 0;
  parent.onMessage(async (message) => {
    if (message.brigand === "tell metrics") {
      parent.send({ brigand: "metrics told", call: message.call, text: await own.text() });
    } else if (message.brigand === "metrics gathered") {
      waiting.get(message.call)?.(new Map(message.texts));
    }
  });
  const gathered = () => {
    const call = calls++;
    const { promise, resolve } = withResolver<ReadonlyMap<string, string> | undefined>();
    waiting.set(call, resolve);
    const timer = setTimeout(() => resolve(undefined), ANSWER_MS);
    parent.send({ brigand: "metrics wanted", call });
    return promise.finally(() => {
      clearTimeout(timer);
      waiting.delete(call);
    });
  };
  return {
    ...own,
    async text() {
      const texts = await gathered();
      return texts === undefined || texts.size === 0 ? own.text() : mergedText(texts);
    },
  };
}

/** The parent's side: children by name. */
export class MetricsGatherer {
  private readonly children = new Map<string, Channel>();
  private readonly gathering = new Map<string, (name: string, text: string) => void>();
  private calls = 0;

  add(name: string, child: Channel): void {
    this.children.set(name, child);
    child.onMessage((message) => {
      if (message.brigand === "metrics told") this.gathering.get(message.call)?.(name, message.text);
      else if (message.brigand === "metrics wanted") this.gather(child, message.call);
    });
  }

  remove(name: string): void {
    this.children.delete(name);
  }

  private gather(asker: Channel, asked: number): void {
    const call = String(this.calls++);
    const texts = new Map<string, string>();
    const done = () => {
      clearTimeout(timer);
      this.gathering.delete(call);
      const sorted = [...texts].sort(([a], [b]) => (a < b ? -1 : 1));
      asker.send({ brigand: "metrics gathered", call: asked, texts: sorted });
    };
    const timer = setTimeout(done, GATHER_MS);
    this.gathering.set(call, (name, text) => {
      texts.set(name, text);
      if (texts.size >= this.children.size) done();
    });
    for (const child of this.children.values()) child.send({ brigand: "tell metrics", call });
  }
}

function withResolver<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
