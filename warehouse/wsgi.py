"""The WSGI door: REST, admin and pages, served with threads."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "warehouse.settings")  # noqa: TID251
_django = get_wsgi_application()

# Only after Django's apps have loaded.
from warehouse.env import ENV  # noqa: E402
from warehouse.gateway.patience import Body, Patience  # noqa: E402
from warehouse.tenancy import usage  # noqa: E402

usage.start(usage.USAGE)
PATIENCE = Patience(most=max(1, ENV.web_threads // 2))


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer one request; a body that is already whole goes to the server in one piece.

    Granian sends a list at once and closes nothing, and takes anything else piece by piece.
    """
    if environ.get("CONTENT_LENGTH", "0") != "0" or "HTTP_TRANSFER_ENCODING" in environ:
        port = int(environ["SERVER_PORT"])
        environ["wsgi.input"] = Body(environ["wsgi.input"], port, PATIENCE)
    response: Any = _django(environ, start_response)
    if getattr(response, "streaming", True):
        return response  # type: ignore[no-any-return]
    body = [response.content]
    response.close()
    return body
