"""The topics there are, by name; sockets know them only through this table."""

from reports.ws.changes import REPORTS
from reports.ws.realtime import REALTIME
from reports.ws.subscription import Topic

TOPICS: dict[str, Topic] = {"reports": REPORTS, "realtime": REALTIME}
