"""A worker of errands, for campaigns that it applies."""

from tests.custody.conftest import each_station, results, station  # noqa: F401
from tests.reports.doors import wired  # noqa: F401
