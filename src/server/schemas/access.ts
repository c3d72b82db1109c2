/** API keys and the audit log on the wire. */
import Type from "typebox";
import { ROLES } from "../../core/access/principal.ts";

const Roles = Type.Array(Type.Unsafe<string>(Type.String({ enum: [...ROLES] })), { minItems: 1, uniqueItems: true });
const Policies = Type.Unsafe<"all" | readonly string[]>({
  anyOf: [{ const: "all" }, { type: "array", items: { type: "string" }, minItems: 1, maxItems: 100 }],
  description: 'Policies within reach, or "all".',
});
const time = (description: string) => Type.Integer({ minimum: 1, description });

export const KeyBody = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 100, description: "Who or what uses it." }),
    roles: Roles,
    policies: Type.Optional(Policies),
    expiresAt: Type.Optional(time("Not valid from then on; milliseconds since 1970.")),
    requestsPerSecond: Type.Optional(Type.Integer({ minimum: 1, maximum: 1e9 })),
  },
  { additionalProperties: false, examples: [{ name: "shop", roles: ["app"], policies: ["home"] }] },
);

export const Key = Type.Object({
  id: Type.String(),
  name: Type.String(),
  roles: Type.Array(Type.String()),
  policies: Policies,
  state: Type.String({ enum: ["active", "expired", "revoked"] }),
  createdAt: Type.Integer(),
  expiresAt: Type.Optional(Type.Integer()),
  revokedAt: Type.Optional(Type.Integer()),
  rotates: Type.Optional(Type.String({ description: "The key that it takes the place of." })),
  requestsPerSecond: Type.Optional(Type.Integer()),
  key: Type.Optional(Type.String({ description: "The key itself, this once." })),
});

export const RotateBody = Type.Object(
  {
    overlapMs: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 90 * 86_400_000,
        description: "How long the old key goes on; default a day.",
      }),
    ),
  },
  { additionalProperties: false, examples: [{ overlapMs: 3_600_000 }] },
);

export const AuditAnswer = Type.Object({
  acts: Type.Array(
    Type.Object({
      id: Type.String(),
      at: Type.Integer(),
      by: Type.Object({ keyId: Type.Optional(Type.String()), name: Type.String() }),
      act: Type.String(),
      target: Type.String(),
      status: Type.Optional(Type.Integer({ description: "Of the answer; absent while the act is under way." })),
    }),
  ),
});
