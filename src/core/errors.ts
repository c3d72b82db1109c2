/**
 * Every error that a caller, an operator or another process can meet, in one table. Codes are never reused.
 * `message` says what was expected and what came ({names} are filled in), `hint` what to do now.
 * docs/errors.md repeats the table; a test proves that both agree.
 */

export interface ErrorRow {
  /** HTTP status: 4xx the caller's mistake, 503 come again later. */
  readonly status: number;
  readonly message: string;
  readonly hint: string;
}

export const errorTable = {
  // Requests in general
  CB_BODY_NOT_JSON: {
    status: 400,
    message: "The body must be JSON; it is not: {problem}.",
    hint: "Send one JSON value, UTF-8, with content-type application/json. NaN and Infinity are not JSON.",
  },
  CB_BODY_NOT_UTF8: {
    status: 400,
    message: "The body must be UTF-8; {problem}.",
    hint: "Encode the body as UTF-8 and send surrogates only in pairs.",
  },
  CB_BODY_NOT_MSGPACK: {
    status: 400,
    message: "The body must be one value of MessagePack; it is not: {problem}.",
    hint: "Encode maps with string keys, arrays, strings, numbers, true, false and nil; bytes only in itemNumbers.values. Or send JSON.",
  },
  CB_BODY_INVALID: {
    status: 400,
    message: "{path} must be {expected}; {came} came.",
    hint: "Compare the body with the schema of this route at /docs.",
  },
  CB_BODY_TOO_LARGE: {
    status: 413,
    message: "The body must be at most {maximum} bytes; more came.",
    hint: "Send less at once, or store features of items by item events and send ids only.",
  },
  CB_BODY_TOO_DEEP: {
    status: 400,
    message: "{path} must nest at most {maximum} levels deep; more came.",
    hint: "Flatten the value: features are read six levels deep.",
  },
  CB_BODY_KEY_FORBIDDEN: {
    status: 400,
    message: 'The body must not have keys named like prototypes; "{key}" came.',
    hint: "Rename the field.",
  },
  CB_MEDIA_UNSUPPORTED: {
    status: 415,
    message: "The content-type must be {expected}; {came} came.",
    hint: "Set the content-type header to the type of the body.",
  },
  CB_QUERY_INVALID: {
    status: 400,
    message: "{path} of the query must be {expected}; {came} came.",
    hint: "Compare the query with the schema of this route at /docs.",
  },
  CB_REQUEST_INVALID: {
    status: 400,
    message: "The request must be a well-formed HTTP request of this route; {problem}.",
    hint: "See /docs for the routes and what they take.",
  },
  CB_LOGS_FILTER_INVALID: {
    status: 400,
    message: "{path} of a listing must be {expected}; {came} came.",
    hint: "docs/logs.md lists the filters and what each takes.",
  },
  CB_LOGS_CURSOR_INVALID: {
    status: 400,
    message: "The cursor must be one that a listing of this installation gave; {came} came.",
    hint: "Take it from the last row that arrived, unchanged, or begin anew with from=.",
  },
  CB_LOGS_FORMAT_UNACCEPTABLE: {
    status: 406,
    message: "The Accept header must allow one of {known}; {came} came.",
    hint: "Name one of them, or use ?format=jsonl, csv or parquet.",
  },
  CB_LOGS_TOO_LARGE: {
    status: 413,
    message: "A listing as Parquet must be at most {maximum} bytes; this one is larger.",
    hint: "Ask for a shorter time or a smaller limit and go on by the cursor, or raise the bound logExportBytesMax.",
  },
  CB_ORIGIN_FOREIGN: {
    status: 403,
    message: "A form must be sent from a page of this address; it came from {came}.",
    hint: "Open the page here and send it again. Behind a proxy, pass the Host header on.",
  },
  CB_ROUTE_UNKNOWN: {
    status: 404,
    message: "The method and path must be those of a route; {came} came.",
    hint: "Known routes: {known}.",
  },

  // Access
  CB_KEY_REQUIRED: {
    status: 401,
    message: "The request must carry an API key; it has none.",
    hint: "Send it as Authorization: Bearer KEY, as X-Api-Key, or as the password of HTTP Basic. brigand keys create makes one.",
  },
  CB_KEY_INVALID: {
    status: 401,
    message: "The API key must be a valid one of this installation; it is unknown, expired or revoked.",
    hint: "Check that the key is whole. brigand keys list shows which are active.",
  },
  CB_ACCESS_ROLE: {
    status: 403,
    message: "The key must have one of the roles {known} for this; it has not.",
    hint: "Use another key, or have an admin make one: brigand keys create --role ROLE.",
  },
  CB_ACCESS_POLICY: {
    status: 403,
    message: "The key must reach the policy, or all where the request is about all; it does not.",
    hint: "Policies of this key: {known}.",
  },
  CB_RATE_EXCEEDED: {
    status: 429,
    message: "A key must send at most {maximum} requests a second to one server process; more came.",
    hint: "Come again after Retry-After seconds, or have an admin make a key with a higher rate.",
  },
  CB_KEY_UNKNOWN: {
    status: 404,
    message: "The key must be one of this installation's; no such id is.",
    hint: "Name it by its id, the part after bgd_. brigand keys list shows all.",
  },
  CB_KEY_ENDED: {
    status: 409,
    message: "Only an active key can be rotated; this one is {state}.",
    hint: "Make a new one: brigand keys create.",
  },
  CB_KEYS_FULL: {
    status: 409,
    message: "There must be at most {maximum} keys; this would be one more.",
    hint: "Remove files of revoked keys from DATA_DIR/access/keys, or raise the bound keysMax.",
  },
  CB_LISTEN_OPEN: {
    status: 500,
    message: "Without API keys HOST must be an address of the machine itself; {host} is not.",
    hint: "Make an admin's key first: brigand keys create --name me --role admin. Or set HOST to 127.0.0.1.",
  },
  CB_AUDIT_WRITE_FAILED: {
    status: 503,
    message: "The audit log must take an act before it is done; it did not: {problem}.",
    hint: "Nothing was changed. Operators: check the disk of DATA_DIR.",
  },

  // Policies and settings
  CB_POLICY_REQUIRED: {
    status: 400,
    message: "The policy must be known; nothing in {place} names one.",
    hint: 'Add "policy" to the entry or ?policy= to the address. Known policies: {known}.',
  },
  CB_POLICY_NAME_INVALID: {
    status: 400,
    message: "The name of a policy must match [a-z0-9][a-z0-9_-]{0,63}; {came} came.",
    hint: "Use lower-case letters, digits, - and _, at most 64.",
  },
  CB_POLICY_UNKNOWN: {
    status: 404,
    message: 'The policy must exist; "{came}" does not.',
    hint: "Known policies: {known}. PUT /v1/policies/{name} makes one.",
  },
  CB_POLICY_REMOVING: {
    status: 409,
    message: 'The policy must not be one that is being removed; "{came}" is.',
    hint: "Wait until it is gone, then the name is free; or use another name.",
  },
  CB_REMOVAL_BLOCKED: {
    status: 500,
    message: 'Nobody must go on using the policy "{policy}" that is being removed; {by} does.',
    hint: "The request stands and is tried again. Look which process hangs, or stop Brigand and run the command again.",
  },
  CB_POLICIES_FULL: {
    status: 409,
    message: "There must be at most {maximum} policies; this would be one more.",
    hint: "Use an existing policy, or raise the bound policiesMax.",
  },
  CB_SETTINGS_INVALID: {
    status: 400,
    message: "{path} of the settings must be {expected}; {came} came.",
    hint: "Known settings: {known}.",
  },
  CB_VARIANTS_INVALID: {
    status: 400,
    message: "variants of the settings must have {expected}; {came} came.",
    hint: "A variant is {name, weight, model, exploration, learn}; names are unique and weights sum to more than 0.",
  },
  CB_EXPLORER_UNKNOWN: {
    status: 400,
    message: 'exploration.name must be a known explorer; "{came}" came.',
    hint: "Known explorers: {known}.",
  },
  CB_EXPLORER_PARAMETER_INVALID: {
    status: 400,
    message: 'The parameters of {explorer} must be known and in their range; "{came}" came.',
    hint: "Known parameters: {known}.",
  },
  CB_FLOOR_INVALID: {
    status: 400,
    message: "The floor must be at most 1 divided by the number of eligible items ({maximum}); {came} came.",
    hint: "Lower exploration.floor of the policy, or leave it out: the default is 0.01 divided by the number of items.",
  },
  CB_FLOOR_REFUSED: {
    status: 400,
    message: "exploration.floor must be left out for {explorer}; {came} came.",
    hint: "Leave it out: the explorer's own weights never reach 0.",
  },
  CB_CONFIG_INVALID: {
    status: 500,
    message: "{path} of the configuration must be {expected}; {came} came.",
    hint: "Known settings: {known}.",
  },

  CB_SECRET_INVALID: {
    status: 500,
    message: "A key must be 64 hex digits; {came} came.",
    hint: "Make one with: openssl rand -hex 32",
  },

  // Ranking
  CB_ITEM_DUPLICATE: {
    status: 400,
    message: 'The items must have different ids; "{came}" came twice.',
    hint: "Send every candidate once.",
  },
  CB_ITEMS_NONE_ELIGIBLE: {
    status: 400,
    message: "At least one item must be eligible; all {n} are excluded.",
    hint: "Exclude less, or send more candidates.",
  },
  CB_BASELINE_UNKNOWN: {
    status: 400,
    message: 'baseline must be the id of an eligible item; "{came}" came.',
    hint: "Name one of the items that are not excluded.",
  },
  CB_PINS_INVALID: {
    status: 400,
    message: "pins[{index}] must {expected}; {came} came.",
    hint: "Pin an eligible item once, to a position from 1 to the number of slots, one item a position.",
  },
  CB_SEED_INVALID: {
    status: 500,
    message: "A seed must be 64 hex digits; {came} came.",
    hint: "Take the seed from the decision's log line unchanged.",
  },
  CB_NOISE_INVALID: {
    status: 500,
    message: "Noise words must be 84 lower-case hex digits a slot; {came} came.",
    hint: "Take them from the decision's log line unchanged.",
  },
  CB_NOISE_MISSING: {
    status: 500,
    message: "A private draw must have public scores and the operating system's noise; {came}.",
    hint: "Only the server draws privately: elsewhere choose another explorer.",
  },
  CB_SCORES_NOT_FINITE: {
    status: 500,
    message: "Scores and uncertainties must be finite numbers; {came} came.",
    hint: "The model returned NaN or Infinity: serve the baseline and refuse the model.",
  },
  CB_DECISION_CONFLICT: {
    status: 409,
    message: "A decisionId must come with the same body each time; this one was decided for another body.",
    hint: "Use a new decisionId for a new request; repeat the very bytes to get the stored answer.",
  },
  CB_DECISION_UNKNOWN: {
    status: 404,
    message: "The decision must be in this installation's log; it is not.",
    hint: "Check the id. Lines are kept until they are downstream; caller-chosen ids are found for decisionTtl.",
  },

  // Feedback
  CB_REWARD_ITEM_NOT_SHOWN: {
    status: 400,
    message: "item must be one of the items that the decision showed; it was not shown.",
    hint: "GET /v1/decisions/{id} lists what was shown.",
  },
  CB_BATCH_REJECTED: {
    status: 400,
    message: "At least one entry must be acceptable; all {n} were rejected.",
    hint: "Each entry's code and message stand in rejected.",
  },
  CB_EVENT_INVALID: {
    status: 400,
    message: "{path} of the event must be {expected}; {came} came.",
    hint: "Events are Metarank's: item, user, ranking and interaction. See /docs.",
  },
  CB_TIME_FUTURE: {
    status: 400,
    message: "timestamp must be at most {maximum} ms ahead of this server's clock; {came} ms came.",
    hint: "Send milliseconds since 1970 (UTC) and check the clock of the sender.",
  },
  CB_LINE_TOO_LONG: {
    status: 400,
    message: "A line must be at most {maximum} bytes; more came.",
    hint: "Split the event, or raise the bound.",
  },
  CB_FORMAT_UNKNOWN: {
    status: 400,
    message: "The format must be a known one; {problem}.",
    hint: "Name it with --format. Known formats: {known}; docs/formats.md tells what they look like.",
  },
  CB_FORMAT_LINE_INVALID: {
    status: 400,
    message: "{path} must be {expected}; {came} came.",
    hint: "Compare the line with docs/formats.md. The lines after it were read.",
  },
  CB_FORMAT_PROPENSITY_INVALID: {
    status: 400,
    message: "{path} must be a probability above 0 and at most 1; {came} came.",
    hint: "A decision counts only with the probability that it was drawn with; leave the line out where nobody knows it.",
  },

  // Doors: wire formats of others
  CB_DOOR_UNSUPPORTED: {
    status: 403,
    message: "{call} is not served here: {problem}.",
    hint: "docs/migrating.md lists what each door serves and what to use instead.",
  },
  CB_TENSOR_INVALID: {
    status: 400,
    message: "{path} must be {expected}; {came} came.",
    hint: "GET /v2/models/{model} tells the inputs and outputs of a model.",
  },
  CB_MODEL_UNLOADED: {
    status: 400,
    message: 'The model must be loaded for raw inference; "{came}" was unloaded.',
    hint: "POST /v2/repository/models/{model}/load offers it again. Rankings go on in the meantime.",
  },
  CB_EVALUATION_UNKNOWN: {
    status: 404,
    message: 'The evaluation must be one of the policy\'s; "{came}" is not.',
    hint: "Known evaluations: {known}.",
  },
  CB_EVALUATION_RESULT_UNKNOWN: {
    status: 404,
    message: 'The learning settings must be a result of the evaluation; "{came}" is not.',
    hint: "Results: {known}.",
  },
  CB_EVALUATIONS_FULL: {
    status: 409,
    message: "There must be at most {maximum} evaluations of a policy; this would be one more.",
    hint: "Delete one that nobody needs.",
  },
  CB_LOG_EMPTY: {
    status: 404,
    message: "The log must hold a decision of the policy; it holds none.",
    hint: "Rank first. Lines are kept until they are downstream and older than walRetentionMs.",
  },

  // Models
  CB_MODEL_VERSION_UNKNOWN: {
    status: 404,
    message: "The version must be a READY version of the policy's models; {came} is not.",
    hint: "Known versions: {known}.",
  },
  CB_MODEL_FILE_INVALID: {
    status: 400,
    message: "{file} of the model must be a regular file of at most {maximum} bytes; {problem}.",
    hint: "Publish the version again; links and missing files are refused.",
  },
  CB_MODEL_HASH_MISMATCH: {
    status: 400,
    message: "{file} must have the SHA-256 of the manifest, {expected}; {came} came.",
    hint: "The file changed after it was published, or was copied in part: publish the version again.",
  },
  CB_MODEL_MANIFEST_INVALID: {
    status: 400,
    message: "{path} of the manifest must be {expected}; {came} came.",
    hint: "models/README.md describes manifest.json and golden.json.",
  },
  CB_MODEL_TOO_LARGE: {
    status: 400,
    message: "A model must have at most {maximum} bytes; {came} came.",
    hint: "Use fewer columns, or raise the bound modelBytesMax.",
  },
  CB_MODEL_MALFORMED: {
    status: 400,
    message: "model.onnx must be a whole ONNX file of the kind that Brigand reads; {problem}.",
    hint: "Publish the version again. models/README.md says what is read.",
  },
  CB_MODEL_EXTERNAL_DATA: {
    status: 400,
    message: "model.onnx must hold its values itself; {came} lies in another file.",
    hint: "Save the model without external data.",
  },
  CB_MODEL_OPERATOR_UNKNOWN: {
    status: 400,
    message: "model.onnx must consist of known operators; {came} is not one.",
    hint: "Known operators: {known}.",
  },
  CB_MODEL_NOT_FINITE: {
    status: 400,
    message: "Values and outputs of a model must be finite numbers, variances at least 0; {came} is not.",
    hint: "The learner diverged or the file is damaged: publish another version.",
  },
  CB_MODEL_SIGNATURE_INVALID: {
    status: 400,
    message: "The model must have {expected}; {came} came.",
    hint: "models/README.md describes inputs and outputs.",
  },
  CB_MODEL_GOLDEN_MISMATCH: {
    status: 400,
    message: "The model must give the golden outputs within {maximum}; {output} of row {row} is off by {came}.",
    hint: "The file is not the model that was tested when it was published: publish the version again.",
  },
  CB_MODEL_GRAPH_CYCLIC: {
    status: 400,
    message: "Every node of model.onnx must read what stands before it, once made; {operator} has {came}.",
    hint: "Export the model again: a graph has no cycles, and its nodes stand in order.",
  },
  CB_MODEL_TOO_COMPLEX: {
    status: 400,
    message: "model.onnx must have at most {maximum} nodes in a row; {came} came.",
    hint: "Make the network shallower.",
  },
  CB_MODEL_TOO_SLOW: {
    status: 400,
    message: "A model must score {rows} candidates within {maximum} ms; it took {came}.",
    hint: "Make the model smaller, or raise the bound modelCallMsMax or modelCheckMs.",
  },
  CB_MODEL_MEMORY_EXCEEDED: {
    status: 400,
    message: "A model must be loaded and called within {maximum} bytes of memory; it took more.",
    hint: "Make the model smaller, or raise the bound modelMemoryBytesMax.",
  },
  CB_MODEL_CHECK_FAILED: {
    status: 400,
    message: "A pushed model must come through its check in a process of its own; that ended with {problem}.",
    hint: "The model ends the process that runs it: export it again, with fewer or other operators.",
  },
  CB_MODEL_COLUMNS_MISMATCH: {
    status: 409,
    message:
      "The columns of a pushed model must be the policy's first ones in order; column {index} must be {expected}, {came} came.",
    hint: "GET /v1/models/{policy}/columns lists them. Train on these, in this order.",
  },
  CB_MODEL_VERSION_TAKEN: {
    status: 409,
    message: "A pushed version must be new and above {newest}; {came} came.",
    hint: "Numbers are never used twice. POST /v1/models/{policy}/versions takes the next one.",
  },
  CB_MODEL_UNSIGNED: {
    status: 403,
    message: "A pushed model must be signed by a trusted key; no signature came.",
    hint: "Push with `brigand models push DIR --key private.pem`. Trusted keys: {known}.",
  },
  CB_MODEL_SIGNER_UNKNOWN: {
    status: 403,
    message: "A pushed model must be signed by a trusted key; {came} is none.",
    hint: "Trusted keys: {known}. They lie in DATA_DIR/secret/model-keys as <name>.pem.",
  },
  CB_MODEL_SIGNING_WRONG: {
    status: 403,
    message:
      "The signature must be the key's over this policy, these columns and this model.onnx; that of {came} is not.",
    hint: "Sign again after the last change, for the policy that it is pushed to.",
  },
  CB_BUNDLE_MALFORMED: {
    status: 400,
    message: "A bundle must be a tar, or a form, of whole files; {problem}.",
    hint: "tar -C DIR -cf bundle.tar model.onnx manifest.json, then PUT it with content-type application/x-tar.",
  },
  CB_BUNDLE_NAME_REFUSED: {
    status: 400,
    message: "The files of a bundle must be among {known}, each once; {came} came.",
    hint: "Pack the files alone, without folders.",
  },
  CB_BUNDLE_LINK_REFUSED: {
    status: 400,
    message: "A bundle must hold plain files; {came} is a link or a device.",
    hint: "Pack the file itself: tar --dereference.",
  },
  CB_BUNDLE_TOO_LARGE: {
    status: 413,
    message: "A bundle must have at most {maximum} bytes; {came} are announced.",
    hint: "Make the model smaller, or raise the bound modelPushBytesMax.",
  },
  CB_BUNDLE_FILE_MISSING: {
    status: 400,
    message: "A bundle must hold {expected}; it does not.",
    hint: "models/README.md says what a bundle holds.",
  },
  CB_PUSH_BUSY: {
    status: 503,
    message: "At most {maximum} models may be checked at once; this would be one more.",
    hint: "Push it again in a moment.",
  },
  CB_LABEL_INVALID: {
    status: 400,
    message: "{path} must be {expected}; {came} came.",
    hint: "Labels are stable, canary (with share) and shadow; each names a version, or null to take it away.",
  },
  CB_LABELS_CONFLICT: {
    status: 409,
    message: "The labels must be as they were read; somebody changed them meanwhile.",
    hint: "Read GET /v1/models and ask again.",
  },
  CB_GATE_WORSE: {
    status: 409,
    message: "Version {version} must not be worse than version {against} on the newest log; it is: {problem}.",
    hint: "Leave {against} serving. With force it is labelled all the same, which the labels and the audit log keep.",
  },
  CB_GATE_OPEN: {
    status: 409,
    message:
      "Version {version} must be shown to be no worse than version {against}; the newest log leaves it open: {problem}.",
    hint: "Label it canary, whose decisions count as evidence, or wait for more. With force it is labelled all the same.",
  },
  CB_GATE_UNANSWERED: {
    status: 409,
    message:
      "The newest log must be able to say whether version {version} is worse than {against}; it is not: {problem}.",
    hint: "Label it canary, whose decisions count as evidence, or wait for more. With force it is labelled all the same.",
  },
  CB_GATE_BUSY: {
    status: 503,
    message: "One version is judged at a time in a server process; another one is under way.",
    hint: "Ask again in some seconds.",
  },
  CB_GATE_FAILED: {
    status: 503,
    message: "The judging of a version must come to an end; it did not: {problem}.",
    hint: "Nothing was labelled. Raise gateMs or lower gateLogBytesMax where the log is too long for it.",
  },
  CB_ROLLBACK_IMPOSSIBLE: {
    status: 409,
    message: "There must be an earlier version to go back to; {policy} has none.",
    hint: 'Serve the seed model by POST /v1/models/{policy}/labels {"stable":0}.',
  },
  CB_MODELS_DAMAGED: {
    status: 500,
    message: "Every version must be as it was published; {n} are not.",
    hint: "Each is named above with what is wrong. Take its folder from a backup, or publish again.",
  },
  CB_SERVER_UNREACHABLE: {
    status: 503,
    message: "A Brigand server must answer at {url}; it did not: {problem}.",
    hint: "Start it, or name it by --url.",
  },
  CB_MODEL_LOAD_FAILED: {
    status: 500,
    message: "ONNX Runtime must load and run the model; it did not: {problem}.",
    hint: "See the version's state; the version before it keeps serving.",
  },
  CB_MODEL_RELEASED: {
    status: 500,
    message: "A model must be held while it scores; version {came} was released.",
    hint: "Take the scorer from the registry for every request and release it after the answer.",
  },
  CB_MODEL_PUBLISH_FAILED: {
    status: 503,
    message: "A version must be published to DATA_DIR whole; it was not: {problem}.",
    hint: "Nothing was changed. Check the disk of DATA_DIR, then run the job again.",
  },

  // Interactions on disk
  CB_INTERACTIONS_RANGE: {
    status: 409,
    message:
      "A flush must start at joined position {expected}, where the committed ones end, and go forward; [{from}, {to}) came.",
    hint: "Go on from what resume() says. A range that is there already must be repeated exactly or left out.",
  },
  CB_INTERACTIONS_DEPOSED: {
    status: 409,
    message: "A flush must come from the newest holder of the lease; fence {fence} came after {newer}.",
    hint: "Stop this process: another one writes the policy's interactions now.",
  },
  CB_INTERACTIONS_DAMAGED: {
    status: 500,
    message: "The files of the interactions must be as their manifests say; {name} {problem}.",
    hint: "Restore the file from a backup, or delete the policy's interactions folder and compact the joined log again.",
  },

  // The server's own troubles
  CB_LOG_FULL: {
    status: 503,
    message: "The write-ahead log must stay under {maximum} bytes; it has {came}.",
    hint: "Come again after Retry-After seconds. Operators: see why the writer does not trim, or raise the bound.",
  },
  CB_LOG_WRITE_FAILED: {
    status: 503,
    message: "The write-ahead log must take the line; it did not: {problem}.",
    hint: "Come again after Retry-After seconds. Operators: check the disk of DATA_DIR.",
  },
  CB_LOG_CORRUPT: {
    status: 500,
    message: "The log must hold valid frames; at {place} it does not: {problem}.",
    hint: "Restore the segment from a backup or a replica; `brigand doctor` names what follows the damage.",
  },
  CB_LOG_TRIMMED: {
    status: 500,
    message: "The log must still hold position {came} of {place}; it begins at {first}.",
    hint: "Start from a snapshot at or after that position.",
  },
  CB_LOG_FENCED: {
    status: 409,
    message: "The joined log must have one writer; fence {came} was overtaken by {fence}.",
    hint: "Start again from the newest snapshot; nothing that was committed is lost.",
  },
  CB_LOG_FRAME_TOO_LARGE: {
    status: 413,
    message: "A line of the log must be at most {maximum} bytes; {came} came.",
    hint: "Send fewer candidates or features at once.",
  },
  CB_LOG_RECORD_INVALID: {
    status: 500,
    message: "{name} of a record must be {expected}; {came} came.",
    hint: "This is a fault of Brigand: report it with the requestId.",
  },
  CB_LOG_RECORD_UNKNOWN: {
    status: 500,
    message: "The log must hold records that this version knows; {came} stands at {place}.",
    hint: "Run the version of Brigand that wrote the log, or a newer one.",
  },
  CB_REPLAY_DIVERGED: {
    status: 500,
    message: "The raw log gives another operation than the joined log has at position {position}.",
    hint: "The joined log was made by another version of the software: move joined/, snapshots/ and train/ of the policy away and start again; they are rebuilt from the raw log.",
  },
  CB_REPLAY_BUSY: {
    status: 409,
    message: 'Rebuilding a policy needs it alone; a worker writes "{policy}".',
    hint: "Stop the workers (brigand start, brigand work) first. brigand replay --verify only reads and runs beside them.",
  },
  CB_SNAPSHOT_INVALID: {
    status: 500,
    message: "A snapshot or checkpoint cannot be read: {problem}.",
    hint: "Delete it; it is made again from the log (brigand replay).",
  },
  CB_LOG_CLOSED: {
    status: 503,
    message: "The log must be open; {place} is closed.",
    hint: "Send the request to another process, or again after Retry-After seconds.",
  },
  CB_INDEX_LOADING: {
    status: 503,
    message: "Decisions with ids of the caller's need the index of known ids; it is still being rebuilt.",
    hint: "Come again after Retry-After seconds.",
  },
  CB_DECISION_UNDER_WAY: {
    status: 503,
    message: "A decisionId is decided once; another server process is deciding this one.",
    hint: "Come again after Retry-After seconds with the same decisionId: the answer will be there.",
  },
  CB_SERVER_BUSY: {
    status: 503,
    message: "The server must have capacity left; it is at its bound of {maximum}.",
    hint: "Come again after Retry-After seconds, or add a server process.",
  },
  CB_SERVER_CLOSING: {
    status: 503,
    message: "The server must be running; it is shutting down.",
    hint: "Send the request to another process, or again after Retry-After seconds.",
  },
  CB_SERVER_FAILED: {
    status: 500,
    message: "The server must answer; it met a fault of its own.",
    hint: "Tell the operator the requestId: the fault stands in the server's log.",
  },
  // The command line and its processes
  CB_USAGE_INVALID: {
    status: 400,
    message: "The command must be well formed; {problem}.",
    hint: "See brigand --help.",
  },
  CB_COMMAND_FAILED: {
    status: 500,
    message: "The command must run to its end; it did not: {problem}.",
    hint: "LOG_LEVEL=debug shows where.",
  },
  CB_JOB_BUSY: {
    status: 409,
    message: 'A policy must have one {job} at a time; another process is at that of "{policy}".',
    hint: "Wait until it ends. A running worker retrains and compacts by itself.",
  },
  CB_TENSORFLOW_MISSING: {
    status: 500,
    message: "Native TensorFlow must load where EMBED_BACKEND is native; it does not: {problem}.",
    hint: "Run npm run setup:tensorflow (Linux x64), or set EMBED_BACKEND to auto: WebAssembly does the same, slower.",
  },
  CB_DATA_DIR_BUSY: {
    status: 409,
    message: "DATA_DIR must be used by one brigand start at a time; process {pid} runs on {path}.",
    hint: "Stop that process first, or set another DATA_DIR.",
  },
  CB_DATA_DIR_UNUSABLE: {
    status: 500,
    message: "DATA_DIR must be a folder that can be written; {path} is not: {problem}.",
    hint: "Set DATA_DIR to a folder of this user on a local disk.",
  },
  CB_PORT_BUSY: {
    status: 409,
    message: "The address to listen on must be free; {host}:{port} is not: {problem}.",
    hint: "Stop what listens there, or set PORT (0 takes any free one) and HOST.",
  },
  CB_REDIS_MISSING: {
    status: 500,
    message: "A redis-server or valkey-server must be on PATH; none is.",
    hint: "Install one (Debian: apt-get install redis-server, macOS: brew install redis), or set REDIS_URL.",
  },
  CB_REDIS_FAILED: {
    status: 503,
    message: "Redis must answer; it did not: {problem}.",
    hint: "See brigand doctor. Ranking goes on without Redis; training waits.",
  },
} as const satisfies { readonly [code: string]: ErrorRow };

export type ErrorCode = keyof typeof errorTable;

/** What fills the {names} of a message and hint. */
export type ErrorValues = { readonly [name: string]: string | number };

/** The body of every error over HTTP. */
export interface ErrorBody {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly requestId: string;
}

export class BrigandError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly hint: string;

  /**
   * @param told the message in full, or what fills the {names} of the table's message and hint (a name without a
   * value stays as it is). @param hint in place of the table's.
   */
  constructor(code: ErrorCode, told: string | ErrorValues = {}, hint?: string, options?: { cause?: unknown }) {
    const row: ErrorRow = errorTable[code];
    const values = typeof told === "string" ? {} : told;
    super(typeof told === "string" ? told : filled(row.message, values), options);
    this.name = "BrigandError";
    this.code = code;
    this.status = row.status;
    this.hint = hint ?? filled(row.hint, values);
  }
}

function filled(template: string, values: ErrorValues): string {
  return template.replace(/\{([a-zA-Z]+)\}/g, (whole, name: string) => {
    return Object.hasOwn(values, name) ? String(values[name]) : whole;
  });
}
