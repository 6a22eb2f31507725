"""What the OpenAPI document says of the headers of answers."""

from collections.abc import Mapping

from drf_spectacular.utils import OpenApiParameter

HEADS = {
    202: {"Location": "Where it is.", "Retry-After": "In how many seconds to look again."},
    200: {"ETag": "For `If-None-Match`."},
}
TAGGED = frozenset({"Result", "Catalog"})


def of(answers: Mapping[int, str]) -> list[OpenApiParameter]:
    """Return the headers that answers of these statuses, with these components, always have."""
    return [
        OpenApiParameter(
            name, str, OpenApiParameter.HEADER, required=True, description=words, response=[status]
        )
        for status, component in answers.items()
        if status == 202 or component in TAGGED
        for name, words in HEADS[status].items()
    ]
