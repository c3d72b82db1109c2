import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { type Channel, familyMetrics, MetricsGatherer } from "../../../src/adapters/metrics/family.ts";
import { mergedText } from "../../../src/adapters/metrics/merged.ts";
import { prometheus } from "../../../src/adapters/metrics/prometheus.ts";

/** Both ends of a channel in one process. */
function pair(): [Channel, Channel] {
  const wire = new EventEmitter();
  const end = (out: string, into: string): Channel => ({
    send: (message) => void queueMicrotask(() => wire.emit(out, message)),
    onMessage: (take) => void wire.on(into, take),
  });
  return [end("up", "down"), end("down", "up")];
}

function counting(n: number) {
  const metrics = prometheus({ processStats: false });
  metrics
    .counter({ name: "seen_total", help: "Seen.", labels: ["what"] })
    .with("a{b}")
    .add(n);
  return metrics;
}

describe("metrics of several processes", () => {
  it("are told by whichever is asked, each sample with its process", async () => {
    const gatherer = new MetricsGatherer();
    const children = ["1", "2"].map((name, i) => {
      const [child, parent] = pair();
      gatherer.add(name, parent);
      return familyMetrics(counting(i + 1), child);
    });
    const text = await children[1].text();
    expect(text).toContain('seen_total{process="1",what="a{b}"} 1');
    expect(text).toContain('seen_total{process="2",what="a{b}"} 2');
    expect(text.match(/# TYPE seen_total counter/g)).toHaveLength(1);
    expect(await children[0].text()).toBe(text);
  });

  it("leave out a process that does not answer", async () => {
    const gatherer = new MetricsGatherer();
    const [child, parent] = pair();
    gatherer.add("1", parent);
    const [, deaf] = pair();
    gatherer.add("2", deaf);
    const text = await familyMetrics(counting(1), child).text();
    expect(text).toContain('process="1"');
    expect(text).not.toContain('process="2"');
  });

  it("are a process' own where the parent does not answer", async () => {
    const [child] = pair();
    expect(await familyMetrics(counting(3), child).text()).toContain('seen_total{what="a{b}"} 3');
  });

  it("keep samples without labels and the order of metrics", () => {
    const one = "# HELP a A.\n# TYPE a gauge\na 1\n# HELP b B.\n# TYPE b gauge\nb 2 1700000000000\n";
    expect(mergedText(new Map([["x", one]]))).toBe(
      '# HELP a A.\n# TYPE a gauge\na{process="x"} 1\n# HELP b B.\n# TYPE b gauge\nb{process="x"} 2 1700000000000\n',
    );
  });
});
