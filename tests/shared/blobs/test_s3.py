"""The S3 store: its URL, and what it makes of answers that are not as they should be."""

import asyncio
import json
from base64 import b64decode
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from shared.aws import AwsRefused
from shared.blobs.s3 import S3BlobStore
from shared.blobs.store import BlobMissing, BlobsUnavailable
from shared.clock import ManualClock
from shared.errors import SubgraphUnavailable
from tests.shared.aws_peer import Answer, AwsPeer, answering, s3_refusal

NOON = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
Use = Callable[[S3BlobStore], Awaitable[object]]
USES: dict[str, Use] = {
    "head": lambda store: store.head("a"),
    "read": lambda store: store.read("a"),
    "write": lambda store: store.write("a", b"data", "image/png"),
    "delete": lambda store: store.delete("a"),
}


def opened(peer: AwsPeer, more: str = "") -> S3BlobStore:
    return S3BlobStore.open(f"s3://bucket?region=eu-central-1&endpoint={peer.url}{more}", ManualClock(NOON))


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("s3://?region=eu-central-1", "has the form"),
        ("s3://user@bucket?region=eu-central-1", "has the form"),
        ("s3://bucket", "not a region"),
        ("s3://bucket?region=nowhere", "not a region"),
        ("s3://a.b?region=eu-central-1", "not the name of a bucket"),
        ("s3://bucket/../up?region=eu-central-1", "not a key"),
        ("s3://bucket?region=eu-central-1&colour=red", "no option 'colour'"),
        ("s3://bucket?region=eu-central-1&region=eu-west-1", "needs one value"),
        ("s3://bucket?region=eu-central-1&endpoint=ftp://here", "http"),
        ("s3://bucket?region=eu-central-1&public_endpoint=https://here/path", "http"),
        ("s3://bucket?region=eu-central-1&sse=none", "encrypted"),
        ("s3://bucket?region=eu-central-1&kms_key=k", "encrypted"),
    ],
)
def test_a_url_that_is_none_is_refused_with_a_reason(url: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        S3BlobStore.open(url, ManualClock(NOON))


async def test_a_store_that_cannot_is_a_part_of_the_platform_that_does_not_answer() -> None:
    with answering(s3_refusal(503, "SlowDown")) as peer:
        store = opened(peer)
        failed = await asyncio.gather(*(use(store) for use in USES.values()), return_exceptions=True)

    assert [isinstance(error, SubgraphUnavailable) and error.code for error in failed] == ["SUBGRAPH_UNAVAILABLE"] * 4
    assert Counter(peer.asked) == {f"{method} /bucket/a": 3 for method in ("HEAD", "GET", "PUT", "DELETE")}


async def test_a_store_that_cannot_for_a_moment_is_asked_again() -> None:
    with answering(s3_refusal(500, "InternalError"), Answer(200)) as peer:
        await opened(peer).write("a", b"data", "image/png")

    assert peer.asked == ["PUT /bucket/a", "PUT /bucket/a"]
    assert [b"data" in body for body in peer.bodies] == [True, True]


async def test_a_store_that_is_not_there_does_not_answer() -> None:
    with answering(Answer(200)) as peer:
        store = opened(AwsPeer([], url="http://127.0.0.1:9"))
        with pytest.raises(BlobsUnavailable):
            await store.read("a")

    assert peer.asked == []


async def test_a_file_that_breaks_off_is_not_taken_for_a_whole_one() -> None:
    with answering(Answer(200, b"half", promised=8)) as peer, pytest.raises(BlobsUnavailable):
        await opened(peer).read("a")


@pytest.mark.parametrize("use", USES)
async def test_a_refusal_is_a_fault_of_ours_and_is_not_tried_again(use: str) -> None:
    with answering(s3_refusal(403, "AccessDenied")) as peer, pytest.raises(AwsRefused) as failed:
        await USES[use](opened(peer))

    assert (failed.value.status, len(peer.asked)) == (403, 1)


async def test_a_bucket_that_is_missing_is_not_a_file_that_is_missing() -> None:
    with answering(s3_refusal(404, "NoSuchBucket")) as peer:
        for use in ("head", "read", "write"):
            with pytest.raises(AwsRefused):
                await USES[use](opened(peer))


async def test_a_file_that_is_missing_is_told_from_its_bucket() -> None:
    with answering(s3_refusal(404, "NoSuchKey"), s3_refusal(404, "NoSuchKey"), Answer(200)) as peer:
        with pytest.raises(BlobMissing):
            await opened(peer).read("a")
        assert await opened(peer).head("a") is None

    assert peer.asked == ["GET /bucket/a", "HEAD /bucket/a", "HEAD /bucket"]


@pytest.mark.parametrize("status", [301, 302, 307])
async def test_nobody_is_followed_elsewhere(status: int) -> None:
    with answering(Answer(200, b"another's")) as elsewhere:
        away = Answer(status, s3_refusal(status, "PermanentRedirect").body, {"location": f"{elsewhere.url}/bucket/a"})
        with answering(away) as peer, pytest.raises(AwsRefused):
            await opened(peer).read("a")

    assert elsewhere.asked == []


async def test_addresses_are_made_without_asking_anybody_and_lead_where_clients_find_the_bucket() -> None:
    with answering(Answer(200)) as peer:
        store = opened(peer, "&public_endpoint=https://files.example")
        target = await store.presign_upload(
            "a/b", content_type="image/png", size=7, sha256=None, expires_in=timedelta(minutes=15)
        )
        download = await store.presign_download(
            "a/b", filename="a.png", content_type="image/png", expires_in=timedelta(minutes=5)
        )

    assert (target.url, target.expires_at) == ("https://files.example/bucket", NOON + timedelta(minutes=15))
    assert download.startswith("https://files.example/bucket/a/b?response-cache-control=private%2C%20no-store&")
    assert peer.asked == []


async def test_under_amazon_a_bucket_has_a_name_of_its_own() -> None:
    with answering():
        store = S3BlobStore.open("s3://bucket/kept?region=eu-central-1", ManualClock(NOON))
        download = await store.presign_download(
            "a", filename="a.png", content_type="image/png", expires_in=timedelta(minutes=5)
        )

    assert download.startswith("https://bucket.s3.eu-central-1.amazonaws.com/kept/a?")


async def test_an_upload_names_its_encryption_and_checksum() -> None:
    checksum = sha256(b"data")
    with answering(Answer(200)) as peer:
        target = await opened(peer, "&sse=aws:kms&kms_key=key-1").presign_upload(
            "a", content_type="image/png", size=4, sha256=checksum.hexdigest(), expires_in=timedelta(minutes=15)
        )

    fields = dict(target.fields)
    named = {
        "key": "a",
        "Content-Type": "image/png",
        "x-amz-server-side-encryption": "aws:kms",
        "x-amz-server-side-encryption-aws-kms-key-id": "key-1",
        "x-amz-checksum-algorithm": "SHA256",
    }
    assert {name: fields[name] for name in named} == named
    assert b64decode(fields["x-amz-checksum-sha256"]) == checksum.digest()
    conditions = json.loads(b64decode(fields["policy"]))["conditions"]
    assert [condition for name, value in named.items() if (condition := {name: value}) not in conditions] == []
