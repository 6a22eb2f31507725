"""A Warden that does what each token says: a real gRPC server in a process of its own.

A token is JSON: `principal` to answer with, or a `code`, or `hex` bytes; `after` so many seconds;
`failing` how many calls of it end UNAVAILABLE first, `times` how many find it good. The
principal's name tells which call it was.
"""

import argparse
import json
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
from google.protobuf import json_format

from warehouse.tenancy.warden import warden_pb2 as pb

SERVICE = "trellis.warden.v1.Warden"
CALLS: Counter[str] = Counter()
LOCK = threading.Lock()


def authenticate(request, context):
    """Do as the token says."""
    with LOCK:
        CALLS[request.token] += 1
        call = CALLS[request.token]
    told = json.loads(request.token)
    time.sleep(told.get("after", 0))
    if call <= told.get("failing", 0):
        context.abort(grpc.StatusCode.UNAVAILABLE, "not yet")
    if call > told.get("times", call):
        context.abort(grpc.StatusCode.UNAUTHENTICATED, "revoked")
    if "code" in told:
        context.abort(grpc.StatusCode[told["code"]], "as was wished")
    if "hex" in told:
        return bytes.fromhex(told["hex"])
    principal = json_format.ParseDict(told["principal"], pb.Principal())
    principal.name = f"call {call}"
    return principal.SerializeToString()


def serve(port, tls):
    """Serve at a port until killed."""
    server = grpc.server(ThreadPoolExecutor(8), options=(("grpc.so_reuseport", 0),))
    handler: grpc.RpcMethodHandler[pb.AuthenticateRequest, bytes] = (
        grpc.unary_unary_rpc_method_handler(
            authenticate, request_deserializer=pb.AuthenticateRequest.FromString
        )
    )
    generic = grpc.method_handlers_generic_handler(SERVICE, {"Authenticate": handler})
    server.add_generic_rpc_handlers((generic,))
    address = f"127.0.0.1:{port}"
    bound = server.add_secure_port(address, tls) if tls else server.add_insecure_port(address)
    server.start()
    sys.stdout.write(f"{bound}\n")
    sys.stdout.flush()
    server.wait_for_termination()


def _credentials(given):
    if not given.cert:
        return None
    pair = (Path(given.key).read_bytes(), Path(given.cert).read_bytes())
    authority = Path(given.client_ca).read_bytes() if given.client_ca else None
    return grpc.ssl_server_credentials([pair], authority, require_client_auth=bool(authority))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    for name in ("--cert", "--key", "--client-ca"):
        parser.add_argument(name, default="")
    told = parser.parse_args()
    serve(told.port, _credentials(told))
