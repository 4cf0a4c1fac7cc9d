"""Notices of SES: which of them say that an address should get no more mail."""

import json
from typing import Any

import pytest

from shared.mail.ses_notices import NoticeMalformed, Reason, Unwanted, read_notice

MAIL = {"messageId": "1", "tags": {"bmc-mail": ["ntf_1"], "ses:configuration-set": ["bmc"]}}


def bounce(kind: str, *addresses: str, **rest: Any) -> str:
    recipients = [{"emailAddress": address, "action": "failed", "status": "5.1.1"} for address in addresses]
    told = {"bounceType": kind, "bounceSubType": "General", "bouncedRecipients": recipients}
    return json.dumps({"eventType": "Bounce", "bounce": told, "mail": MAIL, **rest})


def complaint(*addresses: str, kind: str | None = "abuse") -> str:
    recipients = [{"emailAddress": address} for address in addresses]
    told = {"complainedRecipients": recipients} | ({"complaintFeedbackType": kind} if kind else {})
    return json.dumps({"eventType": "Complaint", "complaint": told, "mail": MAIL})


def test_a_bounce_for_good_names_the_addresses_and_the_mail() -> None:
    notice = read_notice(bounce("Permanent", "Asha@People.example", "Boris <boris@people.example>"))

    assert notice == Unwanted(Reason.BOUNCED, ("asha@people.example", "boris@people.example"), "ntf_1")


@pytest.mark.parametrize("kind", ["Transient", "Undetermined"])
def test_a_bounce_that_may_pass_changes_nothing(kind: str) -> None:
    assert read_notice(bounce(kind, "asha@people.example")) is None


@pytest.mark.parametrize("kind", ["abuse", "fraud", None])
def test_a_complaint_counts(kind: str | None) -> None:
    assert read_notice(complaint("asha@people.example", kind=kind)) == Unwanted(
        Reason.COMPLAINED, ("asha@people.example",), "ntf_1"
    )


def test_that_our_mail_is_not_junk_is_no_complaint() -> None:
    assert read_notice(complaint("asha@people.example", kind="not-spam")) is None


def test_the_older_form_is_read_and_knows_no_tags() -> None:
    older = json.loads(bounce("Permanent", "asha@people.example"))
    older["notificationType"] = older.pop("eventType")
    del older["mail"]["tags"]

    assert read_notice(json.dumps(older)) == Unwanted(Reason.BOUNCED, ("asha@people.example",), None)


@pytest.mark.parametrize(
    "text",
    [
        "Successfully validated SNS topic for Amazon SES event publishing.",
        '{"eventType": "Delivery", "mail": {}, "delivery": {}}',
        '{"eventType": "Send", "mail": {}}',
    ],
)
def test_other_news_changes_nothing(text: str) -> None:
    assert read_notice(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "{}",
        "[]",
        '{"eventType": "Bounce", "mail": {}}',
        '{"eventType": "Complaint", "mail": {}, "bounce": {}}',
        bounce("Permanent"),
        bounce("Permanent", ""),
        bounce("Permanent", "asha@people.example", mail={"tags": "none"}),
    ],
)
def test_what_is_no_notice_is_malformed(text: str) -> None:
    with pytest.raises(NoticeMalformed):
        read_notice(text)
