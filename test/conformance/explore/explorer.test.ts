import { explorers } from "../../../src/core/explore/explorers.ts";
import { definitions } from "./definitions.ts";
import { explorerConformance } from "./explorer.ts";

for (const explorer of explorers) explorerConformance(explorer, definitions[explorer.name]);
