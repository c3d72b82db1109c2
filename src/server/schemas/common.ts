/** Parts that several routes answer or take. */
import Type from "typebox";

export const ErrorSchema = Type.Object(
  {
    code: Type.String(),
    message: Type.String({ description: "What was expected, what came." }),
    hint: Type.String({ description: "What to do now." }),
    requestId: Type.String(),
  },
  { description: "See docs/errors.md for every code.", additionalProperties: true },
);

/** Answers of errors that any route may give. */
export const errorAnswers = { "4xx": ErrorSchema, 503: ErrorSchema } as const;

export const PolicyQuery = Type.Object(
  { policy: Type.Optional(Type.String({ description: "For feedback whose decision is not known here." })) },
  { additionalProperties: false },
);

export const NoQuery = Type.Object({}, { additionalProperties: false });

export const BatchAnswerSchema = Type.Object(
  {
    accepted: Type.Integer(),
    rejected: Type.Array(
      Type.Object({
        index: Type.Optional(Type.Integer()),
        line: Type.Optional(Type.Integer()),
        code: Type.String(),
        message: Type.String(),
      }),
    ),
    notListed: Type.Optional(Type.Integer({ description: "Rejections beyond the bound of the list." })),
  },
  { examples: [{ accepted: 1, rejected: [] }] },
);
