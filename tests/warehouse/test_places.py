"""Where results are kept, as a URL says it."""

import subprocess
import sys

import pytest

from warehouse.env import BadSetting, read
from warehouse.places import BUCKET, FOLDER, BadPlace, storage


def test_a_folder():
    found = storage("file:///srv/re%20sults", drafts="d")
    assert found == {"BACKEND": FOLDER, "OPTIONS": {"location": "/srv/re sults"}}


def test_a_bucket_with_all_that_can_be_said_of_it():
    url = "s3://mine/some/prefix/?endpoint_url=https://s3.example:9000&region=eu-central-1"
    assert storage(url, drafts="d") == {
        "BACKEND": BUCKET,
        "OPTIONS": {
            "bucket_name": "mine",
            "location": "some/prefix",
            "drafts": "d",
            "endpoint_url": "https://s3.example:9000",
            "region_name": "eu-central-1",
        },
    }


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "file:///PATH or s3://"),
        ("/srv/results", "file:///PATH or s3://"),
        ("file://", "file:///PATH or s3://"),
        ("file://host/path", "file:///PATH or s3://"),
        ("s3://", "file:///PATH or s3://"),
        ("s3://KEY:SECRET@mine", "must not hold keys"),
        ("s3://mine?secret=x", "not secret"),
        ("s3://mine?endpoint_url=s3.example", "endpoint_url"),
    ],
)
def test_what_cannot_be_used_is_told_without_it(url, said, tmp_path):
    with pytest.raises(BadPlace, match=said):
        storage(url, drafts="")
    with pytest.raises(BadSetting, match="TRELLIS_RESULTS_URL") as told:
        read({"TRELLIS_VAR": str(tmp_path), "TRELLIS_RESULTS_URL": url})
    assert "SECRET" not in str(told.value).replace("AWS_SECRET_ACCESS_KEY", "")


def test_without_a_setting_they_lie_in_the_folder_of_everything(tmp_path):
    var = tmp_path / "100% of it?"
    found = storage(read({"TRELLIS_VAR": str(var)}).results_url, drafts="")
    assert found["OPTIONS"] == {"location": str(var / "results")}


def test_the_library_of_buckets_is_loaded_for_buckets_alone(tmp_path):
    (tmp_path / "static").mkdir()
    look = (
        "import sys, django; django.setup(); from reports.stores import store; store().where;"
        "print([n for n in ('boto3', 'botocore', 'storages', 'pyarrow') if n in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", look],
        env={"TRELLIS_VAR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "warehouse.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == "[]"
