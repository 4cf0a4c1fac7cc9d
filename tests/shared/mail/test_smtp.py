"""Mail over SMTP: URLs, encryption, logins, and which refusals are for good."""

import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from shared.clock import ManualClock
from shared.mail.mailer import Attachment, Mail, MailFailed
from shared.mail.smtp import SmtpMailer
from tests.contracts.mail.smtp_peer import SmtpPeer, listening

NOON = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
MAIL = Mail(id="m1", to="asha@example.org", subject="Hello", text="Hi", html="<p>Hi</p>")


def mailer(peer: SmtpPeer, *, user: str = "", query: str = "", tls: ssl.SSLContext | None = None) -> SmtpMailer:
    return SmtpMailer(f"smtp://{user}127.0.0.1:{peer.port}{query}", "care@bmc.test", ManualClock(NOON), tls=tls)


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Make a certificate for this machine; answer the contexts of who shows it and of who trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )
    pem = folder / "peer.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + made)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    return server, ssl.create_default_context(cadata=made.decode())


async def test_a_mail_is_sent_encrypted_and_with_a_login(tmp_path: Path) -> None:
    shows, trusts = certificate(tmp_path)
    async with listening(SmtpPeer(tls=shows, login=("care", "p@ss:w/rd"))) as peer:
        await mailer(peer, user="care:p%40ss%3Aw%2Frd@", query="?starttls=1", tls=trusts).send(MAIL)

    assert [mail["Subject"] for mail in peer.mails] == ["Hello"]
    assert peer.encrypted == [True]


async def test_a_certificate_that_nobody_trusts_ends_the_talk_before_the_login(tmp_path: Path) -> None:
    shows, _ = certificate(tmp_path)
    async with listening(SmtpPeer(tls=shows, login=("care", "secret"))) as peer:
        with pytest.raises(MailFailed) as failed:
            await mailer(peer, user="care:secret@", query="?starttls=1").send(MAIL)

    assert (failed.value.permanent, peer.mails) == (False, [])


async def test_a_refused_login_is_trouble_of_ours_so_the_mail_may_go_later(tmp_path: Path) -> None:
    shows, trusts = certificate(tmp_path)
    async with listening(SmtpPeer(tls=shows, login=("care", "secret"))) as peer:
        with pytest.raises(MailFailed) as failed:
            await mailer(peer, user="care:wrong@", query="?starttls=1", tls=trusts).send(MAIL)

    assert (failed.value.permanent, peer.mails) == (False, [])


@pytest.mark.parametrize(
    ("answers", "permanent"),
    [
        ({"recipient_answer": "550 No such user"}, True),
        ({"recipient_answer": "451 Try later"}, False),
        ({"data_answer": "554 Not this"}, True),
        ({"data_answer": "452 Full"}, False),
    ],
)
async def test_a_refusal_is_for_good_if_the_server_says_so(answers: dict[str, str], *, permanent: bool) -> None:
    async with listening(SmtpPeer(**answers)) as peer:  # type: ignore[arg-type]
        with pytest.raises(MailFailed) as failed:
            await mailer(peer).send(MAIL)

    assert (failed.value.permanent, peer.mails) == (permanent, [])


async def test_a_server_that_is_not_there_may_be_there_later() -> None:
    async with listening(SmtpPeer()) as peer:
        pass

    with pytest.raises(MailFailed) as failed:
        await mailer(peer).send(MAIL)

    assert not failed.value.permanent


async def test_headers_say_who_sends_and_that_nobody_should_answer() -> None:
    async with listening(SmtpPeer()) as peer:
        await mailer(peer).send(MAIL)
        await mailer(peer).send(replace(MAIL, id="m1 "))

    first, second = peer.mails
    assert (first["From"], first["Auto-Submitted"]) == ("care@bmc.test", "auto-generated")
    assert first["Message-ID"].endswith("@bmc.test>")
    assert first["Message-ID"] != second["Message-ID"]
    assert "m1" not in first["Message-ID"]


async def test_an_attachment_keeps_the_parameters_of_its_type() -> None:
    invitation = Attachment("visit.ics", "text/calendar; method=REQUEST; charset=utf-8", b"BEGIN:VCALENDAR\r\n")
    async with listening(SmtpPeer()) as peer:
        await mailer(peer).send(replace(MAIL, attachments=(invitation,)))

    (part,) = peer.mails[0].iter_attachments()
    assert dict(part["Content-Type"].params) == {"method": "REQUEST", "charset": "utf-8"}


@pytest.mark.parametrize("url", ["http://host", "smtp://", "host:25"])
def test_what_is_no_mail_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="A mail URL is"):
        SmtpMailer(url, "care@bmc.test", ManualClock(NOON))


def test_a_password_is_never_sent_in_the_clear() -> None:
    with pytest.raises(ValueError, match="needs starttls=1"):
        SmtpMailer("smtp://care:secret@host", "care@bmc.test", ManualClock(NOON))
