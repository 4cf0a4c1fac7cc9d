"""A collector of spans for tests: a real server that speaks OTLP over HTTP and keeps what it is sent."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


@dataclass(frozen=True)
class Told:
    """A span as it arrived.

    `kind` and `status` are OpenTelemetry's numbers: 2 server, 3 client, 4 producer, 5 consumer; a status of 2 is error.
    """

    service: str
    trace: str
    id: str
    parent: str
    name: str
    kind: int
    status: int
    attributes: dict[str, str | int]
    events: int


@dataclass
class OtlpPeer:
    """What has arrived, as bytes and as spans."""

    url: str
    bodies: list[bytes] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    @property
    def spans(self) -> list[Told]:
        return [span for body in self.bodies for span in _read(body)]

    def named(self, name: str) -> list[Told]:
        return [span for span in self.spans if span.name == name]

    def of_trace(self, trace: str) -> list[Told]:
        return [span for span in self.spans if span.trace == trace]


@contextmanager
def otlp_peer() -> Iterator[OtlpPeer]:
    """Serve at an address of its own until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            peer.bodies.append(self.rfile.read(int(self.headers["content-length"])))
            peer.paths.append(self.path)
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    peer = OtlpPeer(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield peer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _read(body: bytes) -> Iterator[Told]:
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        about = {one.key: one.value.string_value for one in resource.resource.attributes}
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield Told(
                    service=about["service.name"],
                    trace=span.trace_id.hex(),
                    id=span.span_id.hex(),
                    parent=span.parent_span_id.hex(),
                    name=span.name,
                    kind=span.kind,
                    status=span.status.code,
                    attributes={
                        one.key: one.value.int_value
                        if one.value.WhichOneof("value") == "int_value"
                        else one.value.string_value
                        for one in span.attributes
                    },
                    events=len(span.events),
                )
