"""The product's own settings with one address more."""

from warehouse.settings import *  # noqa: F403

ROOT_URLCONF = "tests.benchmarks.urls"
