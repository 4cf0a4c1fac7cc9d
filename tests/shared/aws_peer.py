"""A service of Amazon's that answers what a test put there, and remembers what it was asked."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered; `promised` is the length that the header tells, if it is not that of the body."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    promised: int | None = None


@dataclass(slots=True)
class AwsPeer:
    """Answers in turn, and the last one for ever; `asked` are method and path, `bodies` what came with them."""

    answers: list[Answer]
    url: str = ""
    asked: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    def next(self) -> Answer:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def s3_refusal(status: int, code: str) -> Answer:
    """Refuse as S3 does."""
    return Answer(status, f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode())


def ses_refusal(status: int, code: str, message: str = "no") -> Answer:
    """Refuse as SES does."""
    return Answer(status, json.dumps({"message": message}).encode(), {"x-amzn-ErrorType": code})


@contextmanager
def answering(*answers: Answer) -> Iterator[AwsPeer]:
    """Listen on a free port, with credentials in the environment that it does not look at."""
    peer = AwsPeer(list(answers))

    class Handler(BaseHTTPRequestHandler):
        def handle(self) -> None:
            self.close_connection = True
            self.handle_one_request()

        def answer(self) -> None:
            peer.asked.append(f"{self.command} {self.path.partition('?')[0]}")
            peer.bodies.append(self.rfile.read(int(self.headers.get("content-length", "0"))))
            answer = peer.next()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            length = answer.promised if answer.promised is not None else len(answer.body)
            self.send_header("content-length", str(length))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = answer  # noqa: N815  The names are the library's.

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    peer.url = f"http://127.0.0.1:{server.server_address[1]}"
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
        try:
            yield peer
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
