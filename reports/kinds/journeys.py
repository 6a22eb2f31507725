"""The kind `journeys`: which ways lead to conversions, and what follows an event."""

from reports.kinds.studied import Studied, kind_of
from warehouse.language.studies import journeys_request

JOURNEYS = kind_of(
    Studied(
        name="journeys",
        tells="the ways of visitors to conversions, and what follows an event",
        own=journeys_request.FIELDS,
        read=journeys_request.read,
        breakdown=False,
    )
)
