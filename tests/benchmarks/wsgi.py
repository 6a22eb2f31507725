"""The product's WSGI door with the benchmark's address beside the product's own."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.settings"

from warehouse.wsgi import application

__all__ = ["application"]
