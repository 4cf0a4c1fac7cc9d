"""Signed addresses of S3, against Amazon's own example, and the policy of a form, field by field."""

import hmac
import json
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from botocore.credentials import ReadOnlyCredentials

from shared.blobs.s3_signing import Fields, Signer

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
EXAMPLE = ReadOnlyCredentials("AKIAIOSFODNN7EXAMPLE", SECRET, None, None)
TEMPORARY = ReadOnlyCredentials("ASIAIOSFODNN7EXAMPLE", SECRET, "a/token+of=hours", None)
MAY = datetime(2013, 5, 24, tzinfo=UTC)


def signature_of(policy: str, *scope: str) -> str:
    """Sign as the documentation says, without a library."""
    key = f"AWS4{SECRET}".encode()
    for part in (*scope, "aws4_request"):
        key = hmac.new(key, part.encode(), sha256).digest()
    return hmac.new(key, policy.encode(), sha256).hexdigest()


def test_amazons_own_example_of_an_address_is_signed_as_amazon_does() -> None:
    signer = Signer(EXAMPLE, "us-east-1", MAY)

    address = signer.address("https://examplebucket.s3.amazonaws.com/test.txt", {}, expires_in=timedelta(days=1))

    assert address == (
        "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
        "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z"
        "&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    )


def form(credentials: ReadOnlyCredentials) -> dict[str, str]:
    fields: Fields = (("key", "a/b"), ("Content-Type", "image/png"))
    signer = Signer(credentials, "eu-central-1", MAY)
    return dict(signer.form("bucket", fields, size=7, expires_at=MAY + timedelta(minutes=15)))


def test_a_form_takes_exactly_its_fields_and_a_file_of_its_size() -> None:
    signed = form(EXAMPLE)

    credential = "AKIAIOSFODNN7EXAMPLE/20130524/eu-central-1/s3/aws4_request"
    assert json.loads(b64decode(signed["policy"])) == {
        "expiration": "2013-05-24T00:15:00Z",
        "conditions": [
            {"bucket": "bucket"},
            {"key": "a/b"},
            {"Content-Type": "image/png"},
            {"x-amz-algorithm": "AWS4-HMAC-SHA256"},
            {"x-amz-credential": credential},
            {"x-amz-date": "20130524T000000Z"},
            ["content-length-range", 7, 7],
        ],
    }
    assert signed["x-amz-signature"] == signature_of(signed["policy"], "20130524", "eu-central-1", "s3")


def test_temporary_credentials_bring_their_token() -> None:
    signed = form(TEMPORARY)
    signer = Signer(TEMPORARY, "eu-central-1", MAY)

    address = signer.address("https://bucket.example/a", {}, expires_in=timedelta(minutes=1))

    assert signed["x-amz-security-token"] == "a/token+of=hours"
    assert {"x-amz-security-token": "a/token+of=hours"} in json.loads(b64decode(signed["policy"]))["conditions"]
    assert "&X-Amz-Security-Token=a%2Ftoken%2Bof%3Dhours&" in address
