"""Messages of SNS: believed only if they are signed by what SNS itself serves, are ours, and are not old."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.aws_sns import MAX_CERTIFICATES, OLDEST, SnsForged, SnsMalformed, SnsMessage, SnsReader, SnsUnavailable
from shared.clients.transport import ConnectFailed, HttpAnswer
from shared.clock import ManualClock
from tests.shared.sns_sender import CERTIFICATE_URL, HOST, SUBSCRIBE_URL, TOPIC, SnsSender, certificate

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SENDER = SnsSender(NOON)


@dataclass
class Web:
    """What is at which address, and who asked for it."""

    pages: dict[str, HttpAnswer] = field(default_factory=dict)
    down: bool = False
    asked: list[str] = field(default_factory=list)

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout: float,  # noqa: ASYNC109  The port's signature.
    ) -> HttpAnswer:
        self.asked.append(url)
        if self.down:
            raise ConnectFailed(url)
        return self.pages.get(url, HttpAnswer(404, {}, b""))


@pytest.fixture
def web() -> Web:
    return Web({CERTIFICATE_URL: HttpAnswer(200, {}, certificate(NOON)), SUBSCRIBE_URL: HttpAnswer(200, {}, b"")})


def reader(web: Web, *, now: datetime = NOON) -> SnsReader:
    return SnsReader(TOPIC, web, ManualClock(now))


def altered(body: bytes, **changes: Any) -> bytes:
    return json.dumps({**json.loads(body), **changes}).encode()


@pytest.mark.parametrize("version", ["1", "2"])
async def test_what_sns_signed_is_believed(web: Web, version: str) -> None:
    sender = replace(SENDER, version=version)

    message = await reader(web).read(sender.notification("hello"))

    assert message == SnsMessage("msg-1", "Notification", "hello", None)


async def test_a_subject_is_signed_too(web: Web) -> None:
    body = replace(SENDER, changes={"Subject": "About mail"}).notification("hello")

    assert (await reader(web).read(body)).text == "hello"
    with pytest.raises(SnsForged):
        await reader(web).read(altered(body, Subject="About money"))


async def test_the_certificate_is_fetched_once(web: Web) -> None:
    sns = reader(web)
    for number in range(3):
        await sns.read(SENDER.notification("hello", message_id=f"msg-{number}"))

    assert web.asked == [CERTIFICATE_URL]


@pytest.mark.parametrize(
    "changes",
    [
        {"Message": "another"},
        {"MessageId": "msg-2"},
        {"Timestamp": "2026-11-23T12:00:01.000Z"},
        {"Type": "SubscriptionConfirmation", "Token": "abc", "SubscribeURL": SUBSCRIBE_URL},
        {"SignatureVersion": "1"},
        {"Signature": "AAAA"},
    ],
)
async def test_what_was_changed_on_the_way_is_not(web: Web, changes: dict[str, str]) -> None:
    with pytest.raises(SnsForged):
        await reader(web).read(altered(SENDER.notification("hello"), **changes))


async def test_what_another_signed_is_not(web: Web) -> None:
    with pytest.raises(SnsForged):
        await reader(web).read(replace(SENDER, whose="somebody else").notification("hello"))


PATH = CERTIFICATE_URL.removeprefix(HOST)


@pytest.mark.parametrize(
    "url",
    [
        f"http://sns.eu-central-1.amazonaws.com{PATH}",
        f"https://evil.s3.eu-central-1.amazonaws.com{PATH}",
        f"https://sns.eu-west-1.amazonaws.com{PATH}",
        f"https://sns.eu-central-1.amazonaws.com.evil.example{PATH}",
        f"https://sns.eu-central-1.amazonaws.com:8443{PATH}",
        f"https://evil@sns.eu-central-1.amazonaws.com{PATH}",
        f"https://evil.example/?{HOST}{PATH}",
        f"{HOST}/?Action=Publish{PATH}",
        f"{HOST}/evil.pem",
        f"{HOST}/../evil{PATH}",
        "file:///etc/passwd",
        "",
    ],
)
async def test_a_certificate_from_elsewhere_is_not_even_fetched(web: Web, url: str) -> None:
    web.pages[url] = HttpAnswer(200, {}, certificate(NOON, whose="somebody else"))
    forged = replace(SENDER, whose="somebody else", changes={"SigningCertURL": url})

    with pytest.raises(SnsForged):
        await reader(web).read(forged.notification("hello"))

    assert web.asked == []


@pytest.mark.parametrize("page", [b"not a certificate", b"", certificate(NOON, elliptic=True)])
async def test_what_is_no_certificate_of_sns_vouches_for_nothing(web: Web, page: bytes) -> None:
    web.pages[CERTIFICATE_URL] = HttpAnswer(200, {}, page)

    with pytest.raises(SnsForged):
        await reader(web).read(SENDER.notification("hello"))


@pytest.mark.parametrize("days", [-1, 1])
async def test_a_certificate_is_good_in_its_time_only(web: Web, days: int) -> None:
    web.pages[CERTIFICATE_URL] = HttpAnswer(200, {}, certificate(NOON + timedelta(days=days)))

    with pytest.raises(SnsForged):
        await reader(web).read(SENDER.notification("hello"))


async def test_a_message_of_another_topic_is_not_ours(web: Web) -> None:
    other = replace(SENDER, changes={"TopicArn": TOPIC.replace("bmc-mail", "their-mail")})

    with pytest.raises(SnsForged):
        await reader(web).read(other.notification("hello"))

    assert web.asked == []


@pytest.mark.parametrize("age", [OLDEST + timedelta(seconds=1), timedelta(minutes=-16)])
async def test_old_messages_and_those_of_tomorrow_are_refused(web: Web, age: timedelta) -> None:
    web.pages[CERTIFICATE_URL] = HttpAnswer(200, {}, certificate(NOON + age))

    with pytest.raises(SnsForged):
        await reader(web, now=NOON + age).read(SENDER.notification("hello"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[1]",
        b"\xff\xfe",
        altered(SENDER.notification("hello"), Type="Order"),
        altered(SENDER.notification("hello"), SignatureVersion="3"),
        altered(SENDER.notification("hello"), Signature="not base64!"),
        altered(SENDER.notification("hello"), Timestamp="yesterday"),
        altered(SENDER.notification("hello"), Message=None),
    ],
)
async def test_what_is_no_message_is_told_apart_from_what_is_forged(web: Web, body: bytes) -> None:
    with pytest.raises(SnsMalformed):
        await reader(web).read(body)

    assert web.asked == []


async def test_a_subscription_is_confirmed_at_sns(web: Web) -> None:
    sns = reader(web)
    message = await sns.read(SENDER.confirmation())

    await sns.confirm(message)

    assert web.asked == [CERTIFICATE_URL, SUBSCRIBE_URL]


@pytest.mark.parametrize(
    "url",
    [
        SUBSCRIBE_URL.replace("https", "http"),
        SUBSCRIBE_URL.replace("sns.eu", "evil.s3.eu"),
        SUBSCRIBE_URL.replace("ConfirmSubscription", "DeleteTopic"),
        SUBSCRIBE_URL.replace("bmc-mail", "their-mail"),
        f"{HOST}/",
    ],
)
async def test_a_subscription_is_confirmed_nowhere_else_though_it_be_signed(web: Web, url: str) -> None:
    with pytest.raises(SnsForged):
        await reader(web).read(SENDER.confirmation(url=url))

    assert web.asked == [CERTIFICATE_URL]


@pytest.mark.parametrize("status", [500, 503, 429])
async def test_while_sns_does_not_answer_nobody_can_tell(web: Web, status: int) -> None:
    sns = reader(web)
    web.pages[CERTIFICATE_URL] = HttpAnswer(status, {}, b"")
    with pytest.raises(SnsUnavailable):
        await sns.read(SENDER.notification("hello"))
    web.down = True
    with pytest.raises(SnsUnavailable):
        await sns.read(SENDER.notification("hello"))

    web.down, web.pages[CERTIFICATE_URL] = False, HttpAnswer(200, {}, certificate(NOON))

    assert (await sns.read(SENDER.notification("hello"))).text == "hello"


async def test_only_so_many_certificates_are_kept(web: Web) -> None:
    sns = reader(web)
    urls = [f"{HOST}/SimpleNotificationService-{number:032x}.pem" for number in range(MAX_CERTIFICATES + 1)]
    for url in [*urls, urls[-1], urls[0]]:
        web.pages[url] = web.pages[CERTIFICATE_URL]
        await sns.read(replace(SENDER, changes={"SigningCertURL": url}).notification("hello"))

    assert web.asked == [*urls, urls[0]]


def test_a_topic_has_the_name_of_one() -> None:
    with pytest.raises(ValueError, match="ARN"):
        SnsReader("arn:aws:sqs:eu-central-1:123456789012:queue", Web(), ManualClock(NOON))


async def test_in_china_sns_has_another_name(web: Web) -> None:
    topic = "arn:aws-cn:sns:cn-north-1:123456789012:bmc-mail"
    url = f"https://sns.cn-north-1.amazonaws.com.cn{PATH}"
    web.pages[url] = web.pages[CERTIFICATE_URL]
    body = replace(SENDER, changes={"SigningCertURL": url, "TopicArn": topic}).notification("hello")

    assert (await SnsReader(topic, web, ManualClock(NOON)).read(body)).text == "hello"
