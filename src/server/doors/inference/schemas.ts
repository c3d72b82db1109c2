/** The Open Inference Protocol as OpenAPI shows it; bodies are checked in `core/doors/inference`. */
import Type from "typebox";

export const tags = ["Open Inference Protocol"];

const InferenceError = Type.Object({
  error: Type.String(),
  code: Type.String({ description: "See docs/errors.md." }),
  hint: Type.String(),
  requestId: Type.String(),
});
export const errorAnswers = { "4xx": InferenceError, 503: InferenceError } as const;

const Model = Type.String({ description: "A policy, or <policy>.<variant> for one that learns on its own." });
const Versioned = Type.Object({ model: Model, version: Type.String({ description: "0 is the seed model." }) });
export const paramsOf = (versioned: boolean) => (versioned ? Versioned : Type.Object({ model: Model }));

export const ServerMetadata = Type.Object({
  name: Type.String(),
  version: Type.String(),
  extensions: Type.Array(Type.String()),
});
export const Live = Type.Object({ live: Type.Boolean() });
export const Ready = Type.Object({ ready: Type.Boolean(), live: Type.Boolean() });
export const ModelReady = Type.Object({ name: Type.String(), ready: Type.Boolean() });

const Tensor = Type.Object({
  name: Type.String(),
  datatype: Type.String(),
  shape: Type.Array(Type.Integer({ description: "-1: any." })),
});
export const ModelMetadata = Type.Object({
  name: Type.String(),
  versions: Type.Array(Type.String()),
  platform: Type.String(),
  inputs: Type.Array(Tensor),
  outputs: Type.Array(Tensor),
});
const ConfigTensor = Type.Object({ name: Type.String(), data_type: Type.String(), dims: Type.Array(Type.Integer()) });
export const ModelConfig = Type.Object({
  name: Type.String(),
  platform: Type.String(),
  backend: Type.String(),
  max_batch_size: Type.Integer(),
  version_policy: Type.Object({}, { additionalProperties: true }),
  input: Type.Array(ConfigTensor),
  output: Type.Array(ConfigTensor),
});

const Parameters = Type.Optional(Type.Record(Type.String(), Type.Unknown()));
const Data = Type.Optional(
  Type.Array(Type.Unknown(), { description: "Flat or nested, row-major; absent for binary data." }),
);
export const InferBody = Type.Object(
  {
    id: Type.Optional(Type.String()),
    parameters: Parameters,
    inputs: Type.Array(
      Type.Object({
        name: Type.String(),
        shape: Type.Array(Type.Integer({ minimum: 0 })),
        datatype: Type.String({ description: "FP32, FP64 or INT64." }),
        parameters: Parameters,
        data: Data,
      }),
    ),
    outputs: Type.Optional(Type.Array(Type.Object({ name: Type.String(), parameters: Parameters }))),
  },
  { description: "Binary data follows the JSON, whose length stands in the header Inference-Header-Content-Length." },
);
export const InferAnswerSchema = Type.Object({
  model_name: Type.String(),
  model_version: Type.String(),
  id: Type.Optional(Type.String()),
  outputs: Type.Array(
    Type.Object({
      name: Type.String(),
      datatype: Type.String(),
      shape: Type.Array(Type.Integer()),
      parameters: Parameters,
      data: Data,
    }),
  ),
});

export const IndexBody = Type.Object({
  ready: Type.Optional(Type.Boolean({ description: "Only those that answer." })),
});
export const IndexAnswer = Type.Array(
  Type.Object({
    name: Type.String(),
    version: Type.String(),
    state: Type.String({ description: "READY, LOADING, UNLOADING or UNAVAILABLE." }),
    reason: Type.String(),
  }),
);
export const LoadBody = Type.Object({ parameters: Parameters });
export const NothingTold = Type.Object({});
