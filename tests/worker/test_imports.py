"""Only a worker loads the engine's driver and what learns: others must start without them."""

import subprocess
import sys

import pytest

LOOK = """
import sys, {module}
ours = ("chdb", "clickhouse_connect", "sklearn", "scipy")
print([name for name in sys.modules if name.split(".")[0] in ours
       or name.startswith("google.cloud.bigquery")])
"""


@pytest.mark.parametrize("module", ["warehouse.wsgi", "warehouse.asgi", "warehouse.celery"])
def test_the_driver_stays_out(module, tmp_path):
    (tmp_path / "static").mkdir()
    found = subprocess.run(
        [sys.executable, "-c", LOOK.format(module=module)],
        env={"TRELLIS_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip().splitlines()[-1] == "[]"
