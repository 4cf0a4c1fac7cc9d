"""What kafka:// says, and what is refused in one line that does not give the password away."""

import re
import ssl

import pytest

from shared.events.kafka import KafkaBus
from shared.events.kafka_url import read_url


def test_a_url_names_brokers_and_leaves_the_rest_to_defaults() -> None:
    url = read_url("kafka://one,two:9093,[::1]:9094")

    assert url.servers == ("one:9092", "two:9093", "[::1]:9094")
    assert url.connection["bootstrap_servers"] == ["one:9092", "two:9093", "[::1]:9094"]
    assert url.connection["security_protocol"] == "PLAINTEXT"
    assert (url.named("users"), url.partitions, url.replicas) == ("bmc.users", 6, None)


def test_options_name_and_size_what_is_made() -> None:
    url = read_url("kafka://one:9092/?prefix=staging-&partitions=12&replicas=3")

    assert (url.named("users"), url.partitions, url.replicas) == ("staging-users", 12, 3)


def test_a_user_is_shown_by_scram_and_kafkas_encrypts() -> None:
    url = read_url("kafkas://bmc%40prod:p%40ss%3Aword@one:9096?mechanism=SCRAM-SHA-256")

    assert url.connection["security_protocol"] == "SASL_SSL"
    assert url.connection["sasl_mechanism"] == "SCRAM-SHA-256"
    assert url.connection["sasl_plain_username"] == "bmc@prod"
    assert url.connection["sasl_plain_password"] == "p@ss:word"
    assert url.connection["ssl_context"].verify_mode is ssl.CERT_REQUIRED
    assert url.connection["ssl_context"].check_hostname is True
    assert read_url("kafka://bmc:secret@one").connection["security_protocol"] == "SASL_PLAINTEXT"
    assert read_url("kafka://bmc:secret@one").connection["sasl_mechanism"] == "SCRAM-SHA-512"
    assert read_url("kafkas://one").connection["security_protocol"] == "SSL"


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("redis://one:6379", "expected kafka://host:port[,host:port…][?options]"),
        ("kafka://one:9092/topic", "expected kafka://host:port[,host:port…][?options]"),
        ("kafka://", "expected host:port, not ''"),
        ("kafka://one:9092,", "expected host:port, not ''"),
        ("kafka://one:99999", "expected host:port, not 'one:99999'"),
        ("kafka://one:port", "expected host:port, not 'one:port'"),
        ("kafka://one?partition=3", "no option 'partition' (there is prefix, partitions, replicas, mechanism, ca)"),
        ("kafka://one?partitions=0", "partitions: expected a number from 1 to 1000, not '0'"),
        ("kafka://one?replicas=many", "replicas: expected a number from 1 to 100, not 'many'"),
        ("kafka://one?prefix=a b", "prefix: a topic cannot be called 'a b'"),
        ("kafka://secret@one", "expected user:password before the @"),
        ("kafka://:secret@one", "expected user:password before the @"),
        ("kafka://one?mechanism=PLAIN", "mechanism: there is no user:password@ to show"),
        (
            "kafka://bmc:secret@one?mechanism=GSSAPI",
            "mechanism: expected one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, not 'GSSAPI'",
        ),
        ("kafka://one?ca=ca.pem", "ca: only kafkas:// is encrypted"),
        ("kafkas://one?ca=/there/is/none.pem", "ca: cannot read /there/is/none.pem: No such file or directory"),
    ],
)
async def test_a_malformed_url_is_refused_in_one_line(url: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=re.escape(complaint)) as refused:
        await KafkaBus.open(url)

    assert str(refused.value) == complaint
    assert "secret" not in str(refused.value)
