/**
 * A setting of strings alone, made from a seed: 50 groups of readers, 200 articles with two of 100 topics each; every
 * group likes a tenth of the topics, at random. A shown article is clicked with .05, and .5 more for each topic liked.
 * Ten articles a request, one shown, uniformly. What decides is a pair of a group and a topic: 5,000 of them, of which
 * columns of single strings, and rates by segment or item, say nothing.
 */
import type { LoggedDecision } from "../../src/core/formats/decision.ts";
import { mulberry32 } from "./labelled.ts";

const GROUPS = 50;
const ARTICLES = 200;
const TOPICS = 100;
const SHOWN_OF = 10;
const LIKED_SHARE = 0.1;

export interface Article {
  readonly id: string;
  readonly features: { readonly topic: string[] };
}

export class ManyStrings {
  private readonly uniform: () => number;
  private readonly articles: readonly Article[];
  private readonly liked = new Set<string>();

  constructor(seed: number) {
    this.uniform = mulberry32(seed);
    this.articles = Array.from({ length: ARTICLES }, (_, i) => {
      const topic = [`topic ${this.below(TOPICS)}`, `topic ${this.below(TOPICS)}`];
      return { id: `article ${i}`, features: { topic } };
    });
    for (let g = 0; g < GROUPS; g++)
      for (let t = 0; t < TOPICS; t++) if (this.uniform() < LIKED_SHARE) this.liked.add(`group ${g} topic ${t}`);
  }

  /** Who asks, and for which articles. */
  request(): { readonly context: { readonly group: string }; readonly items: readonly Article[] } {
    const places = new Set<number>();
    while (places.size < SHOWN_OF) places.add(this.below(ARTICLES));
    return { context: { group: `group ${this.below(GROUPS)}` }, items: [...places].map((i) => this.articles[i]) };
  }

  /** Probability of a click, in [0.05, 1]. */
  rate(group: string, { features }: Article): number {
    return Math.min(1, 0.05 + 0.5 * features.topic.filter((topic) => this.liked.has(`${group} ${topic}`)).length);
  }

  decision(): LoggedDecision {
    const { context, items } = this.request();
    const itemIndex = this.below(SHOWN_OF);
    const reward = this.uniform() < this.rate(context.group, items[itemIndex]) ? 1 : 0;
    return { context, items, slots: [{ itemIndex, propensity: 1 / SHOWN_OF, reward }] };
  }

  private below(n: number): number {
    return Math.floor(this.uniform() * n);
  }
}
