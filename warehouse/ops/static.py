"""How static files are kept: named by their content, compressed once by gzip."""

from typing import Any

from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """WhiteNoise's storage without brotli, which took most of the first start's time."""

    def create_compressor(self, **kwargs: Any) -> Compressor:
        """Return the compressor of one gathering."""
        return Compressor(use_brotli=False, **kwargs)
