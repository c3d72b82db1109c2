"""For schemathesis: bodies of one JSON value a line."""
import json

import schemathesis


@schemathesis.serializer("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines")
def lines(_context, value):
    values = value if isinstance(value, list) else [value]
    return "\n".join(json.dumps(one) for one in values).encode()
