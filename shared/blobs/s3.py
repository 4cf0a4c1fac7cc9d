"""Blobs in S3: `s3://bucket[/prefix]?region=…[&endpoint=…][&public_endpoint=…][&sse=aws:kms[&kms_key=…]]`.

`endpoint` is where another S3 than Amazon's is; `public_endpoint` where clients find it, if that is elsewhere: signed
addresses carry it. Files are encrypted by S3's own keys, or with `sse=aws:kms` by a key of KMS. An upload form names
the SHA-256 that was announced, so that S3 itself refuses another file.

The bucket must be private, and its owner may list it: without that right S3 answers 403 for what is missing.
Eight calls run at once. A file has at most 10 MiB, so that is 160 MiB of memory at the very worst (boto3 holds a copy),
and at 50 ms a call far more than documents need.
"""

import re
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, TypeVar

from shared.aws import AwsRefused, AwsUnavailable, AwsUrl, Calls, checked_region, make_config, make_session
from shared.blobs.disposition import attachment
from shared.blobs.keys import checked_content_type, checked_key
from shared.blobs.s3_signing import Fields, Signer
from shared.blobs.signing import whole_seconds
from shared.blobs.store import BlobInfo, BlobMissing, BlobsUnavailable, UploadTarget
from shared.clock import Clock

if TYPE_CHECKING:
    from botocore.credentials import Credentials
    from types_boto3_s3 import S3Client

Result = TypeVar("Result")

FORM: Final = "s3://bucket[/prefix]?region=…[&endpoint=…][&public_endpoint=…][&sse=AES256|aws:kms[&kms_key=…]]"
OPTIONS: Final = frozenset({"region", "endpoint", "public_endpoint", "sse", "kms_key"})
BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
"""Dots are legal, but a bucket that has one cannot be reached over TLS by a name of its own."""
NOT_STORED: Final = "private, no-store"
MISSING: Final = frozenset({"NoSuchKey", str(int(HTTPStatus.NOT_FOUND))})
AT_ONCE: Final = 8
ATTEMPTS: Final = 3
READ_SECONDS: Final = 5.0


class S3BlobStore:
    """Keeps blobs in one bucket. Open it by `open`."""

    def __init__(self, url: AwsUrl, client: "S3Client", credentials: "Credentials", clock: Clock) -> None:
        client.meta.events.register("before-call.s3", _stay)
        self._client = client
        self._credentials = credentials
        self._clock = clock
        self._calls = Calls("s3", AT_ONCE)
        self._bucket = url.name
        self._prefix = f"{url.path}/" if url.path else ""
        self._region = url.options["region"]
        self._encryption = _encryption(url)
        self._address = _bucket_address(url, client.meta.endpoint_url)

    @classmethod
    def open(cls, url: str, clock: Clock) -> "S3BlobStore":
        """Open a store; nothing is asked of S3 yet. Raises ValueError for a URL that is none, or no credentials."""
        read = _read(url)
        session = make_session()
        endpoint = read.options.get("endpoint")
        config = make_config(
            connections=AT_ONCE, attempts=ATTEMPTS, read_seconds=READ_SECONDS, path_style=endpoint is not None
        )
        client = session.client("s3", region_name=read.options["region"], endpoint_url=endpoint, config=config)
        credentials = session.get_credentials()
        assert credentials is not None, "make_session has looked"
        return cls(read, client, credentials, clock)

    async def presign_upload(
        self, key: str, *, content_type: str, size: int, sha256: str | None, expires_in: timedelta
    ) -> UploadTarget:
        fields: Fields = (
            ("key", f"{self._prefix}{checked_key(key)}"),
            ("Content-Type", checked_content_type(content_type)),
            *((f"x-amz-{name}", value) for name, value in self._encryption.items()),
        )
        if sha256 is not None:
            checksum = b64encode(bytes.fromhex(sha256)).decode()
            fields = (*fields, ("x-amz-checksum-algorithm", "SHA256"), ("x-amz-checksum-sha256", checksum))
        signer = await self._signer()
        expires_at = datetime.fromtimestamp(whole_seconds(self._clock.now() + expires_in), UTC)
        signed = signer.form(self._bucket, fields, size=size, expires_at=expires_at)
        return UploadTarget(self._address, "POST", signed, expires_at)

    async def presign_download(self, key: str, *, filename: str, content_type: str, expires_in: timedelta) -> str:
        query = {
            "response-cache-control": NOT_STORED,
            "response-content-disposition": attachment(filename),
            "response-content-type": checked_content_type(content_type),
        }
        address = f"{self._address}/{self._prefix}{checked_key(key)}"
        return (await self._signer()).address(address, query, expires_in=expires_in)

    async def head(self, key: str) -> BlobInfo | None:
        try:
            found = await self._call(partial(self._client.head_object, **self._at(key)))
        except BlobMissing:
            # HEAD has no words for what is missing, and a bucket that is would look like a file that is.
            await self._answered(partial(self._client.head_bucket, Bucket=self._bucket))
            return None
        return BlobInfo(found["ContentLength"], found["ContentType"])

    async def read(self, key: str) -> bytes:
        place = self._at(key)

        def read() -> bytes:
            return self._client.get_object(**place)["Body"].read()

        return await self._call(read)

    async def write(self, key: str, data: bytes, content_type: str) -> None:
        encryption: dict[str, Any] = {ARGUMENTS[name]: value for name, value in self._encryption.items()}
        put = partial(self._client.put_object, ContentType=checked_content_type(content_type), Body=data, **encryption)
        await self._call(partial(put, **self._at(key), CacheControl=NOT_STORED))

    async def delete(self, key: str) -> None:
        await self._call(partial(self._client.delete_object, **self._at(key)))

    def close(self) -> None:
        """Close the connections; calls that run end by themselves."""
        self._calls.close()
        self._client.close()

    def _at(self, key: str) -> dict[str, Any]:
        return {"Bucket": self._bucket, "Key": f"{self._prefix}{checked_key(key)}"}

    async def _signer(self) -> Signer:
        # Temporary credentials are fetched anew now and then, over the network.
        credentials = await self._call(self._credentials.get_frozen_credentials)
        return Signer(credentials, self._region, self._clock.now())

    async def _call(self, call: Callable[[], Result]) -> Result:
        try:
            return await self._answered(call)
        except AwsRefused as error:
            if error.code in MISSING:
                raise BlobMissing from error
            raise

    async def _answered(self, call: Callable[[], Result]) -> Result:
        try:
            return await self._calls.run(call)
        except AwsUnavailable as error:
            raise BlobsUnavailable from error


ARGUMENTS: Final = {
    "server-side-encryption": "ServerSideEncryption",
    "server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
}
"""What boto3 calls the fields of encryption."""


def _read(url: str) -> AwsUrl:
    read = AwsUrl.read(url, FORM, options=OPTIONS)
    if not BUCKET.fullmatch(read.name):
        raise ValueError(f"{read.name!r} is not the name of a bucket (3 to 63 small letters, digits and hyphens)")
    if read.path:
        checked_key(read.path)
    checked_region(read.options.get("region", ""))
    sse = read.options.get("sse", "AES256")
    if sse not in {"AES256", "aws:kms"} or ("kms_key" in read.options and sse != "aws:kms"):
        raise ValueError("files are encrypted with sse=AES256, or with sse=aws:kms and perhaps a kms_key")
    return read


def _stay(params: dict[str, Any], **_: object) -> None:
    """Have boto3 believe that it was redirected before, so that it follows nobody: the region is ours to set."""
    params["context"].setdefault("s3_redirect", {})["redirected"] = True


def _encryption(url: AwsUrl) -> dict[str, str]:
    found = {"server-side-encryption": url.options.get("sse", "AES256")}
    if "kms_key" in url.options:
        found["server-side-encryption-aws-kms-key-id"] = url.options["kms_key"]
    return found


def _bucket_address(url: AwsUrl, endpoint: str) -> str:
    """Answer where clients find the bucket: under Amazon by a name of its own, elsewhere by a path."""
    given = url.options.get("public_endpoint") or url.options.get("endpoint")
    if given is not None:
        return f"{given}/{url.name}"
    scheme, _, host = endpoint.partition("://")
    return f"{scheme}://{url.name}.{host}"
