"""What is told of an attempt at a mail: its kind, in the trace of the event that it tells of; never to whom."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.metrics import MAILS
from shared.telemetry import begin_or_go_on, span
from shared.telemetry_trail import Trail, following


@contextmanager
def sending(kind: str, message_id: str, attempt: int, traceparent: str | None) -> Iterator[None]:
    """Be on the trail that led to a mail until the end of the block."""
    trail = Trail(traceparent=begin_or_go_on(traceparent), names={"notification": message_id})
    with following(trail), span("send mail", "consumer", {"bmc.mail.kind": kind, "bmc.attempt": attempt}):
        yield


def count_mail(kind: str, outcome: str) -> None:
    """Count what became of an attempt: sent, put_off, failed, suppressed."""
    MAILS.labels(kind, outcome).inc()
