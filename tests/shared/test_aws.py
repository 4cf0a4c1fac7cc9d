"""Calls of Amazon's services: bounded, never abandoned, and told apart by what a caller can do about them."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from threading import Event

import pytest

from shared.aws import AwsUnavailable, Calls, make_session


@pytest.fixture
def ended() -> Iterator[Event]:
    """What slow calls wait for; they end with the test, or Python would wait for them."""
    event = Event()
    yield event
    event.set()


ADAPTERS = "import sys, bmc.adapters, shared.blobs.s3, shared.mail.ses"


def test_no_start_pays_for_boto3_before_it_is_used() -> None:
    loaded = f"{ADAPTERS}; print(sorted({{'boto3', 'botocore'}} & set(sys.modules)))"

    printed = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)

    assert printed.stdout.strip() == "[]"


def test_without_credentials_nothing_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/nowhere")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    with pytest.raises(ValueError, match="no AWS credentials"):
        make_session()


async def test_who_finds_no_free_thread_in_time_is_told_and_has_begun_nothing(ended: Event) -> None:
    calls, begun = Calls("test", 1, patience=0.01), list[str]()
    slow = asyncio.create_task(calls.run(ended.wait))
    await asyncio.sleep(0)

    with pytest.raises(AwsUnavailable):
        await calls.run(lambda: begun.append("begun"))

    assert begun == []
    ended.set()
    assert await slow is True
    assert await calls.run(lambda: "free again") == "free again"
    calls.close()


async def test_a_call_whose_caller_went_keeps_its_place_until_it_ends(ended: Event) -> None:
    calls = Calls("test", 1, patience=0.01)
    gone = asyncio.create_task(calls.run(ended.wait))
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone

    with pytest.raises(AwsUnavailable):
        await calls.run(lambda: "not yet")

    ended.set()
    while True:
        try:
            assert await calls.run(lambda: "now") == "now"
        except AwsUnavailable:
            continue
        break
    calls.close()
