"""The test settings with the sample views in place of the product's addresses."""

from tests.settings import *  # noqa: F403

ROOT_URLCONF = "tests.gateway.urls"
