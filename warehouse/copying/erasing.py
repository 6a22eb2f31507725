"""What the copy holds of an organization, or of one visitor of it: counted and removed.

Counting begins with a new fence, so what a worker was about to publish is never published: either
it was committed before, and is counted, or it changes nothing.
"""

import uuid

from warehouse.copying import claims
from warehouse.copying.rounds import Copier, aside
from warehouse.exceptions import SourceUnavailable
from warehouse.sql import bigquery


def concerned(copier: Copier | None, owner: str) -> bool:
    """Return whether there is a copy to look into, or was one: nothing may be forgotten then."""
    return copier is not None or bool(claims.elsewhere(uuid.UUID(owner), ""))


def count(copier: Copier | None, owner: str, visitor_id: str | None = None) -> int:
    """Return how many events the copy holds; raises SourceUnavailable where it cannot be asked.

    It cannot where days were copied to a dataset that is not the one in the settings now.
    """
    _check(copier, owner)
    if copier is None:
        return 0
    source = copier.ready()
    fence = claims.halt(uuid.UUID(owner), copier.place)
    if fence:
        source.run(bigquery.raise_fence(owner, fence))
    return int(source.run(bigquery.count(owner, visitor_id))[0][0])


def remove(copier: Copier | None, owner: str, visitor_id: str | None = None) -> None:
    """Remove these events, from what the view has worked out of them as well."""
    if copier is not None:
        source = copier.ready()
        source.run(bigquery.remove(owner, visitor_id))
        source.run(bigquery.REFRESH)


def tables(copier: Copier | None, owner: str) -> list[str]:
    """Return the tables aside that those left who copied before the newest fence."""
    _check(copier, owner)
    if copier is None:
        return []
    source = copier.ready()
    newest = claims.newest(uuid.UUID(owner), copier.place)
    return aside(source, owner, newest)


def drop(copier: Copier | None, owner: str) -> None:
    """Delete these tables."""
    if copier is not None:
        for name in tables(copier, owner):
            copier.bigquery.drop(name)


def _check(copier: Copier | None, owner: str) -> None:
    """Raise where there is a copy that cannot be asked."""
    place = copier.place if copier else ""
    if others := claims.elsewhere(uuid.UUID(owner), place):
        raise SourceUnavailable(
            f"Days were copied to {', '.join(others)}, which TRELLIS_BIGQUERY_URL does not"
            " name now: name it until this has ended, or delete the dataset and run"
            " `manage.py forget_copies`."
        )
