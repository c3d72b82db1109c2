/**
 * What an ONNX file may be made of: one list for models that Brigand writes, a longer one for models made elsewhere
 * (scikit-learn, PyTorch), told apart by their one input `features`. Operators are those whose cost and memory follow
 * from the sizes of their inputs: no control flow, no growth by a number that stands in the data (Tile, Range, Pad).
 */

export const FEATURES = "features";

export interface OnnxRules {
  readonly irVersions: { readonly least: number; readonly most: number };
  readonly opsets: { readonly least: number; readonly most: number };
  /** Operators by domain; "" is the default one. */
  readonly operators: ReadonlyMap<string, ReadonlySet<string>>;
  /** Whether values may be written in any of the ways that ONNX has, and attributes may hold tensors and texts. */
  readonly foreign: boolean;
}

export const NODES_MAX = 1000;
/** Nodes in a row, each of which reads the one before. */
export const DEPTH_MAX = 400;

const words = (text: string): readonly string[] => text.split(" ");

const plain = words(
  "Abs Add Cast Clip Concat Cos Div Exp Expand Gather Gemm Identity Log MatMul Max Min Mul Neg Pow Reciprocal ReduceMean ReduceSum ReduceSumSquare Relu Reshape Shape Sigmoid Slice Sqrt Squeeze Sub Tanh Transpose Unsqueeze",
);

/** Operators of Brigand's own models. */
export const OPERATORS: ReadonlySet<string> = new Set(plain);

const foreign = words(
  "And ArgMax BatchNormalization CastLike Ceil Celu Constant Dropout Elu Equal Erf Flatten Floor Gelu Greater GreaterOrEqual HardSigmoid HardSwish InstanceNormalization IsNaN LayerNormalization LeakyRelu Less LessOrEqual LogSoftmax Mean Mish Mod Not Or PRelu ReduceMax ReduceMin ReduceL1 ReduceL2 ReduceLogSumExp ReduceProd Round Selu Sign Sin Size Softmax Softplus Softsign Split Sum ThresholdedRelu Where",
);
/** scikit-learn's, gradient boosting included. */
const learned = words(
  "ArrayFeatureExtractor Binarizer Imputer LinearClassifier LinearRegressor Normalizer Scaler SVMRegressor TreeEnsembleClassifier TreeEnsembleRegressor",
);
export const LEARNED_DOMAIN = "ai.onnx.ml";

/** onnxruntime-node 1.30 takes IR ≤ 13 and opset ≤ 26. */
export const ownRules: OnnxRules = {
  irVersions: { least: 8, most: 13 },
  opsets: { least: 13, most: 26 },
  operators: new Map([["", OPERATORS]]),
  foreign: false,
};

export const foreignRules: OnnxRules = {
  irVersions: { least: 4, most: 13 },
  opsets: { least: 9, most: 26 },
  operators: new Map([
    ["", new Set([...plain, ...foreign])],
    [LEARNED_DOMAIN, new Set(learned)],
  ]),
  foreign: true,
};

/** For messages. */
export function knownOperators({ operators }: OnnxRules): string {
  return [...operators].flatMap(([domain, names]) => [...names].map((name) => inDomain(domain, name))).join(", ");
}

export function inDomain(domain: string, operator: string): string {
  return domain === "" ? operator : `${domain}.${operator}`;
}
