"""Mail over Amazon SES: its URL, what is asked of it, and which refusals are for good."""

import json
from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

import pytest

from shared.clock import ManualClock
from shared.mail.mailer import Attachment, Mail, MailFailed
from shared.mail.ses import SesMailer
from tests.contracts.mail.adapters import parsed
from tests.shared.aws_peer import Answer, AwsPeer, answering, ses_refusal

NOON = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
MAIL = Mail(id="ntf_01", to="asha@example.org", subject="Hello", text="नमस्ते", html="<p>नमस्ते</p>")
INVITATION = Attachment("visit.ics", "text/calendar; method=REQUEST; charset=utf-8", b"BEGIN:VCALENDAR\r\n")
TAKEN = Answer(200, b'{"MessageId": "1"}')


def mailer(peer: AwsPeer, more: str = "") -> SesMailer:
    return SesMailer.open(f"ses://eu-central-1?endpoint={peer.url}{more}", "care@bmc.test", ManualClock(NOON))


@pytest.mark.parametrize(
    "url", ["ses://", "ses://nowhere", "ses://eu-central-1/path", "ses://eu-central-1?colour=red", "ses://a@eu-west-1"]
)
def test_a_url_that_is_none_is_refused(url: str) -> None:
    with answering(TAKEN), pytest.raises(ValueError, match=r"form|region"):
        SesMailer.open(url, "care@bmc.test", ManualClock(NOON))


async def test_the_whole_message_is_handed_over_with_its_id_as_a_tag_and_in_seven_bits() -> None:
    with answering(TAKEN) as peer:
        await mailer(peer, "&configuration_set=bmc").send(replace(MAIL, attachments=(INVITATION,)))

    (sent,) = [json.loads(body) for body in peer.bodies]
    raw = b64decode(sent.pop("Content")["Raw"]["Data"])
    assert sent == {
        "FromEmailAddress": "care@bmc.test",
        "Destination": {"ToAddresses": ["asha@example.org"]},
        "EmailTags": [{"Name": "bmc-mail", "Value": "ntf_01"}],
        "ConfigurationSetName": "bmc",
    }
    assert peer.asked == ["POST /v2/email/outbound-emails"]
    assert raw.isascii()
    message = parsed(raw)
    (invitation,) = message.iter_attachments()
    assert message["Message-ID"] == f"<{sha256(b'ntf_01').hexdigest()[:40]}@bmc.test>"
    assert (invitation.get_filename(), invitation.get_content_type()) == ("visit.ics", "text/calendar")
    assert dict(invitation["Content-Type"].params) == {"method": "REQUEST", "charset": "utf-8"}
    assert invitation.get_payload(decode=True) == INVITATION.data


async def test_an_id_that_is_no_tag_is_told_by_its_digest() -> None:
    with answering(TAKEN) as peer:
        await mailer(peer).send(replace(MAIL, id="evt_1/usr_1"))

    assert json.loads(peer.bodies[0])["EmailTags"] == [
        {"Name": "bmc-mail", "Value": sha256(b"evt_1/usr_1").hexdigest()}
    ]


SANDBOX = "Email address is not verified. The following identities failed the check in region EU-CENTRAL-1"
ANSWERS = {
    "content": (ses_refusal(400, "MessageRejected"), True),
    "address": (ses_refusal(400, "BadRequestException"), True),
    "too large": (ses_refusal(413, "RequestEntityTooLarge"), True),
    "sandbox": (ses_refusal(400, "MessageRejected", SANDBOX), False),
    "sender": (ses_refusal(400, "MailFromDomainNotVerifiedException"), False),
    "throttled": (ses_refusal(429, "TooManyRequestsException"), False),
    "quota": (ses_refusal(400, "LimitExceededException"), False),
    "paused": (ses_refusal(400, "SendingPausedException"), False),
    "suspended": (ses_refusal(400, "AccountSuspendedException"), False),
    "no such set": (ses_refusal(404, "NotFoundException"), False),
    "no right": (ses_refusal(403, "AccessDeniedException"), False),
    "down": (ses_refusal(503, "ServiceUnavailable"), False),
}


@pytest.mark.parametrize("case", ANSWERS)
async def test_only_what_is_wrong_with_the_mail_is_for_good_and_nothing_is_tried_twice(case: str) -> None:
    answer, permanent = ANSWERS[case]
    with answering(answer) as peer, pytest.raises(MailFailed) as failed:
        await mailer(peer).send(MAIL)

    assert (failed.value.permanent, len(peer.asked)) == (permanent, 1)
    assert "asha" not in str(failed.value)


async def test_a_service_that_is_not_there_is_trouble_that_passes() -> None:
    with answering(TAKEN), pytest.raises(MailFailed) as failed:
        await mailer(AwsPeer([], url="http://127.0.0.1:9")).send(MAIL)

    assert not failed.value.permanent
