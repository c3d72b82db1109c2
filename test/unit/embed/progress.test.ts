import { expect, test } from "vitest";
import { embedProgress } from "../../../src/adapters/fs/embedProgress.ts";
import { layoutOf } from "../../../src/adapters/fs/layout.ts";
import { showProgress } from "../../../workers/embed/progressFile.ts";
import { temporaryFolder } from "../../support/tmp.ts";

test("servers see how far a training is and its loss, and nothing once it has ended", () => {
  const layout = layoutOf(temporaryFolder());
  expect(embedProgress(layout, "home")).toBeUndefined();
  const shown = showProgress({ layout, policy: "home" });
  shown.update({ step: 0, steps: 0 });
  expect(embedProgress(layout, "home")).toEqual({ share: 0, loss: undefined });
  shown.update({ step: 3, steps: 12, loss: 0.4 });
  expect(embedProgress(layout, "home")).toEqual({ share: 0.25, loss: 0.4 });
  shown.end();
  expect(embedProgress(layout, "home")).toBeUndefined();
});
