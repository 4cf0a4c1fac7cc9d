"""Signed addresses of S3 (Signature Version 4): a form that takes one file, and an address that answers one.

boto3's own functions for this ask the machine's clock; ours is a port, so the signature's instant is given here, and
the cryptography is botocore's. An address that was signed with temporary credentials ends with them, if that is sooner.

NOTE: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html and
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

import orjson

if TYPE_CHECKING:
    from botocore.credentials import ReadOnlyCredentials

ALGORITHM: Final = "AWS4-HMAC-SHA256"
LONGEST: Final = timedelta(days=7)
"""S3 takes no address that is good for longer."""
_TIMESTAMP: Final = "%Y%m%dT%H%M%SZ"

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs as `credentials`, at an instant of whole seconds."""

    credentials: "ReadOnlyCredentials"
    region: str
    at: datetime

    def form(self, bucket: str, fields: Fields, *, size: int, expires_at: datetime) -> Fields:
        """Answer the fields of a form that takes exactly these fields and a file of exactly `size` bytes."""
        from botocore.auth import S3SigV4PostAuth
        from botocore.awsrequest import AWSRequest

        auth = S3SigV4PostAuth(self.credentials, "s3", self.region)
        request = AWSRequest()
        request.context["timestamp"] = self.at.strftime(_TIMESTAMP)
        signing = [
            ("x-amz-algorithm", ALGORITHM),
            ("x-amz-credential", auth.scope(request)),
            ("x-amz-date", request.context["timestamp"]),
        ]
        if self.credentials.token:
            signing.append(("x-amz-security-token", self.credentials.token))
        policy = encoded_policy(bucket, (*fields, *signing), size=size, expires_at=expires_at)
        return (*fields, *signing, ("policy", policy), ("x-amz-signature", auth.signature(policy, request)))

    def address(self, url: str, query: Mapping[str, str], *, expires_in: timedelta) -> str:
        """Answer an address that may be fetched by GET, with exactly this query, for a while."""
        from botocore.auth import S3SigV4QueryAuth
        from botocore.awsrequest import AWSRequest

        assert expires_in <= LONGEST, "S3 signs for seven days at most."
        auth = S3SigV4QueryAuth(self.credentials, "s3", self.region)
        request = AWSRequest(method="GET", url=url)
        request.context["timestamp"] = self.at.strftime(_TIMESTAMP)
        signing = {
            "X-Amz-Algorithm": ALGORITHM,
            "X-Amz-Credential": auth.scope(request),
            "X-Amz-Date": request.context["timestamp"],
            "X-Amz-Expires": str(int(expires_in.total_seconds())),
            "X-Amz-SignedHeaders": "host",
        }
        if self.credentials.token:
            signing["X-Amz-Security-Token"] = self.credentials.token
        request.url = f"{url}?{urlencode({**query, **signing}, quote_via=quote, safe='-_.~')}"
        signature = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
        return f"{request.url}&X-Amz-Signature={signature}"


def encoded_policy(bucket: str, fields: Sequence[tuple[str, str]], *, size: int, expires_at: datetime) -> str:
    """Answer the policy of a form: every field exactly as it is, and nothing beside them."""
    policy = {
        "expiration": f"{expires_at:%Y-%m-%dT%H:%M:%SZ}",
        "conditions": [
            {"bucket": bucket},
            *({name: value} for name, value in fields),
            ["content-length-range", size, size],
        ],
    }
    return b64encode(orjson.dumps(policy)).decode()
