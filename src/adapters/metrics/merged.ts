/** One exposition text of those of several processes: each sample gets a label that says whose it is. */

const SAMPLE = /^([a-zA-Z_:][\w:]*)(\{.*\})?( .+)$/;
const ABOUT = /^# (?:HELP|TYPE) (\S+)/;

/** @param texts by the value of the label `process`. Metrics in the order in which they are first met. */
export function mergedText(texts: ReadonlyMap<string, string>): string {
  const metrics = new Map<string, { about: Set<string>; samples: string[] }>();
  for (const [process, text] of texts) {
    let metric = { about: new Set<string>(), samples: [] as string[] };
    for (const line of text.split("\n")) {
      const about = ABOUT.exec(line);
      if (about !== null) {
        metric = metrics.get(about[1]) ?? { about: new Set(), samples: [] };
        metrics.set(about[1], metric);
        metric.about.add(line);
        continue;
      }
      const sample = SAMPLE.exec(line);
      if (sample === null) continue;
      const [, name, labels, rest] = sample;
      const more = labels === undefined ? "" : `,${labels.slice(1, -1)}`;
      metric.samples.push(`${name}{process="${process}"${more}}${rest}`);
    }
  }
  return [...metrics.values()].map(({ about, samples }) => `${[...about, ...samples].join("\n")}\n`).join("");
}
