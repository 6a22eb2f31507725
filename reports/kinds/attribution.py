"""The kind `attribution`: which channels, or other values, earned the conversions."""

from reports.kinds.studied import Studied, kind_of
from warehouse.language.studies import attribution_request

ATTRIBUTION = kind_of(
    Studied(
        name="attribution",
        tells="which touchpoints earned the conversions",
        own=attribution_request.FIELDS,
        read=attribution_request.read,
        breakdown=False,
    )
)
