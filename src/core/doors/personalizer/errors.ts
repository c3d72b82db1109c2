/** Our errors in the words of Personalizer: the code and status of the service, our own code as the inner error. */
import type { BrigandError } from "../../errors.ts";

/** Code → status, of those that occur here. */
export const personalizerCodes = {
  BadRequest: 400,
  InvalidRankRequest: 400,
  InvalidRewardRequest: 400,
  InvalidEventIdToActivate: 400,
  InvalidServiceConfiguration: 400,
  InvalidPolicyContract: 400,
  InvalidEvaluationContract: 400,
  InvalidRequest: 400,
  InvalidModelImportFormat: 400,
  PayloadSizeExceeded: 400,
  InvalidApiAccess: 403,
  ResourceNotFound: 404,
  EvaluationNotFound: 404,
  LearningSettingsNotFound: 404,
  LogsPropertiesNotFound: 404,
  InternalServerError: 500,
  OperationNotAllowed: 503,
} as const;
export type PersonalizerCode = keyof typeof personalizerCodes;

export interface PersonalizerError {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly target?: string;
    readonly details: readonly { readonly code: string; readonly message: string }[];
    readonly innerError: { readonly code: string; readonly requestId: string };
  };
}

/** Codes of ours that mean the same whatever was called. */
const FIXED: { readonly [code: string]: PersonalizerCode } = {
  CB_ROUTE_UNKNOWN: "ResourceNotFound",
  CB_BODY_TOO_LARGE: "PayloadSizeExceeded",
  CB_DOOR_UNSUPPORTED: "InvalidApiAccess",
  CB_EVALUATION_UNKNOWN: "EvaluationNotFound",
  CB_EVALUATION_RESULT_UNKNOWN: "LearningSettingsNotFound",
  CB_LOG_EMPTY: "LogsPropertiesNotFound",
};

/**
 * Status and body for an error of ours.
 * @param ofCall the code of a caller's mistake in this call. Without the right key the service's gateway answered with
 * the status as the code.
 */
export function personalizerError(
  error: Pick<BrigandError, "code" | "status" | "message" | "hint">,
  { ofCall, requestId }: { readonly ofCall: PersonalizerCode; readonly requestId: string },
): { readonly status: number; readonly body: PersonalizerError } {
  const { code, status } = nameOf(error, ofCall);
  const { message, hint } = error;
  const details = [{ code: error.code, message: hint }];
  return { status, body: { error: { code, message, details, innerError: { code: error.code, requestId } } } };
}

function nameOf(
  { code, status }: Pick<BrigandError, "code" | "status">,
  ofCall: PersonalizerCode,
): { readonly code: string; readonly status: number } {
  if (status === 401 || status === 429) return { code: String(status), status };
  const name = FIXED[code] ?? byStatus(status) ?? ofCall;
  return { code: name, status: personalizerCodes[name] };
}

function byStatus(status: number): PersonalizerCode | undefined {
  if (status === 503) return "OperationNotAllowed";
  if (status >= 500) return "InternalServerError";
  return status === 403 ? "InvalidApiAccess" : status === 404 ? "ResourceNotFound" : undefined;
}
