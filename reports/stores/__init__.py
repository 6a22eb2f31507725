"""Where results lie: a folder, or a bucket that speaks S3. `settings.py` says which one it is."""

from typing import cast

from django.core.files.storage import storages

from reports.stores.store import Store


def store() -> Store:
    """Return the store of this installation; a bucket's library is loaded only for a bucket."""
    return cast("Store", storages["results"])
