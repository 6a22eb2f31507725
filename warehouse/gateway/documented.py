"""What the OpenAPI document says of limits: any operation for members and keys may answer 429."""

from typing import Any

METHODS = ("get", "post", "put", "patch", "delete")
SAYS = "A limit was reached: see `Retry-After`, or `alternatives` for a question that fits."
HEADERS = {
    "Retry-After": "After how many seconds to come back.",
    "RateLimit": 'What is left of each limit, such as `"organization";r=412;t=38`.',
    "RateLimit-Policy": 'The limits that count here, such as `"organization";q=600;w=60`.',
}


def say_limits(result: Any, generator: Any, request: Any, public: bool) -> Any:
    """Add 429 with its headers wherever a caller is counted; a hook of the document's making."""
    for operations in result["paths"].values():
        for method in METHODS:
            answers = operations.get(method, {}).get("responses", {})
            if "401" in answers:
                answers["429"] = _limited(answers.get("429"), answers["401"])
    return result


def _limited(known: Any, refused: Any) -> Any:
    headers = {
        name: {"description": text, "schema": {"type": "string"}} for name, text in HEADERS.items()
    }
    content = (known or refused).get("content", {})
    return {"description": SAYS, "content": content, "headers": headers}
