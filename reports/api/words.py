"""What the OpenAPI document says of the answers of reports, and how a question may be refused."""

ASKED = (409, 422, 429, 500, 502, 504)
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
