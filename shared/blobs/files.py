"""The embedded store's addresses: `POST /files/uploads` takes a signed form, `GET /files/<key>` a signed query.

Every refusal is `{"error": {"code", "message"}}`: 403 for a signature or an expiry, 400 for a form, 413 for a size.
Downloads are attachments of a fixed type, never sniffed, never kept by a cache, never rendered with our origin.
"""

import errno
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from shared.blobs.disposition import attachment
from shared.blobs.local import LocalBlobStore
from shared.blobs.signing import FilesRefused, UploadPolicy
from shared.blobs.store import BlobMissing
from shared.blobs.upload_form import UploadForm, malformed

logger = logging.getLogger(__name__)

OVERHEAD = 256 * 1024
"""Bytes that a body may have besides its file."""

Endpoint = Callable[[Request], Awaitable[Response]]


def files_app(store: LocalBlobStore) -> Starlette:
    """Make the ASGI app; its paths begin with `/files`, so it is mounted where the public URL points."""

    async def upload(request: Request) -> Response:
        await _receive(store, request)
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def download(request: Request) -> Response:
        return await _send(store, request)

    return Starlette(
        routes=[
            Route("/files/uploads", _refusing(upload), methods=["POST"]),
            Route("/files/{key:path}", _refusing(download), methods=["GET"]),
        ]
    )


def _refusing(endpoint: Endpoint) -> Endpoint:
    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except FilesRefused as refused:
            return _refusal(refused)
        except ClientDisconnect:
            # Nobody is there to read it.
            return Response(status_code=HTTPStatus.BAD_REQUEST)
        except OSError as error:
            if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
                raise
            logger.exception("the blob store's disk is full")
            return _refusal(
                FilesRefused(HTTPStatus.INSUFFICIENT_STORAGE, "STORAGE_FULL", "There is no room for the file now.")
            )

    return answer


def _refusal(refused: FilesRefused) -> Response:
    return JSONResponse({"error": {"code": refused.code, "message": refused.message}}, refused.status)


async def _receive(store: LocalBlobStore, request: Request) -> None:
    """Read the form as it comes: first its fields, which must be signed, then the file, which must be of that size."""
    form = UploadForm(request.headers.get("content-type", ""))
    policy: UploadPolicy | None = None
    total = received = 0
    async with AsyncExitStack() as stack:
        async for chunk in request.stream():
            total += len(chunk)
            data = form.feed(chunk)
            if policy is None and form.file_begun:
                policy = store.signer.upload(form.fields)
                incoming = await stack.enter_async_context(store.receiving(policy.key, policy.content_type))
            received += len(data)
            _check_size(total, received, policy)
            if data:
                await incoming.write(data)
        if policy is None or not form.ended:
            raise malformed("The form ends too early.")
        if received < policy.size:
            raise FilesRefused(
                HTTPStatus.BAD_REQUEST, "FILE_TOO_SMALL", f"The file has {received} bytes instead of {policy.size}."
            )
        await incoming.keep()


def _check_size(total: int, received: int, policy: UploadPolicy | None) -> None:
    size = policy.size if policy is not None else 0
    if received > size or total > size + OVERHEAD:
        raise FilesRefused(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "FILE_TOO_LARGE", "The file is larger than the address was made for."
        )


async def _send(store: LocalBlobStore, request: Request) -> Response:
    download = store.signer.download(request.path_params["key"], dict(request.query_params))
    stack = AsyncExitStack()
    try:
        info, pieces = await stack.enter_async_context(store.sending(download.key))
    except BlobMissing as error:
        raise FilesRefused(HTTPStatus.NOT_FOUND, "NOT_FOUND", "There is no such file.") from error
    return _Held(
        stack,
        _none() if request.method == "HEAD" else pieces,
        headers={
            "content-type": download.content_type,
            "content-length": str(info.size),
            "content-disposition": attachment(download.name),
            "x-content-type-options": "nosniff",
            "cache-control": "private, no-store",
            "content-security-policy": "default-src 'none'; sandbox",
            "referrer-policy": "no-referrer",
        },
    )


class _Held(StreamingResponse):
    """A response that holds something open until it is sent, or its client is gone."""

    def __init__(self, stack: AsyncExitStack, content: AsyncIterator[bytes], headers: Mapping[str, str]) -> None:
        super().__init__(content, headers=headers)
        self._stack = stack

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._stack:
            await super().__call__(scope, receive, send)


async def _none() -> AsyncIterator[bytes]:
    for _ in ():
        yield b""
