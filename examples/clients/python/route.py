"""Asks a running `fenliu serve` who must answer one message."""

import os
import sys
from pathlib import Path

import grpc
from fenliu.v1 import router_pb2, router_pb2_grpc

address, text = sys.argv[1:]
ca, token = os.environ.get("FENLIU_CA"), os.environ.get("FENLIU_TOKEN")
metadata = [("authorization", f"Bearer {token}")] if token else []
if ca:
    channel = grpc.secure_channel(address, grpc.ssl_channel_credentials(Path(ca).read_bytes()))
else:
    channel = grpc.insecure_channel(address)
with channel:
    request = router_pb2.RouteRequest(inquiry=router_pb2.Inquiry(text=text))
    try:
        outcome = router_pb2_grpc.RouterStub(channel).Route(request, timeout=5, metadata=metadata).outcome
    except grpc.RpcError as error:
        sys.exit(f"{error.code().name}: {error.details()}")
intent = outcome.intents[0].id if outcome.intents else "-"
print(outcome.Tier.Name(outcome.tier), outcome.group, intent, outcome.Match.Name(outcome.match))
