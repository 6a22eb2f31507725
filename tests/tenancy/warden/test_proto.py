"""The Python of Warden's messages is what its .proto file says now."""

import filecmp
import subprocess
import sys

from warehouse.env import BASE
from warehouse.tenancy.warden import warden_pb2

ROOM = "warehouse/tenancy/warden"
MADE = ("warden_pb2.py", "warden_pb2.pyi", "warden_pb2_grpc.py")


def test_what_is_made_from_the_proto_file_is_current(tmp_path):
    outputs = [f"--{kind}_out={tmp_path}" for kind in ("python", "pyi", "grpc_python")]
    subprocess.run(
        (
            *(sys.executable, "-m", "grpc_tools.protoc", f"-I{ROOM}=proto"),
            *outputs,
            "proto/warden.proto",
        ),
        cwd=BASE,
        check=True,
        timeout=60,
    )
    same, *wrong = filecmp.cmpfiles(tmp_path / ROOM, BASE / ROOM, MADE, shallow=False)
    assert (same, wrong) == (list(MADE), [[], []]), "run `make proto`"


def test_the_contract_is_kept():
    service = warden_pb2.DESCRIPTOR.services_by_name["Warden"]
    assert service.full_name == "trellis.warden.v1.Warden"
    assert [method.name for method in service.methods] == ["Authenticate", "GetOrganization"]
