"""What the OpenAPI document says of statuses and answers, and which statuses go together."""

from collections.abc import Mapping

EXPLAINED: Mapping[int, str] = {
    304: "The caller holds this already (`If-None-Match`).",
    400: "Malformed or invalid; `errors` names every bad field.",
    401: "No token, or a bad one.",
    403: "A scope is missing, or a foreign organization was named.",
    404: "There is no such thing here.",
    406: "None of the media types in `Accept` can be produced.",
    409: "The report is in a state that does not allow this.",
    410: "The result has expired.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    416: "The range lies beyond the end.",
    422: "The `Idempotency-Key` was used with another body.",
    429: "A limit was reached: see `Retry-After`, or `alternatives` for a question that fits.",
    502: "The data source failed.",
    503: "Something needed is down; see `Retry-After`.",
    504: "The question took longer than its time limit.",
}
COMMON = (400, 401, 403, 406, 503)
POSTED = (*COMMON, 413, 415, 422)
ASKED = (409, 429, 500, 502, 504)
WORDS = {
    "Result": "The result.",
    "Export": "The format is being made by a worker; ask again.",
    "Catalog": "What there is.",
    "Estimate": "What the question would take.",
    "Report": "The report, as it stands.",
    "Stored": "How many costs were stored.",
    "CostPage": "One page of costs, the latest stored first.",
    "ReportPage": "One page of reports, newest first.",
}
