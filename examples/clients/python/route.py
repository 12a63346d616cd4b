"""Asks a running `fenliu serve` about one message.

    pip install grpcio==1.85.3 grpcio-tools==1.85.1 && python -m grpc_tools.protoc -I ../../../proto --python_out=. --grpc_python_out=. fenliu/v1/router.proto
    python route.py 127.0.0.1:50051 "我要退货"
"""

import sys

import grpc
from fenliu.v1 import router_pb2, router_pb2_grpc
from google.protobuf.json_format import MessageToJson

address, text = sys.argv[1], sys.argv[2]
with grpc.insecure_channel(address) as channel:
    request = router_pb2.RouteRequest(inquiry=router_pb2.Inquiry(text=text))
    response = router_pb2_grpc.RouterStub(channel).Route(request, timeout=5)
    print(MessageToJson(response.outcome, ensure_ascii=False))
