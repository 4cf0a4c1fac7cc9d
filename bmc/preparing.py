"""`bmc prepare`: everything that the parts find there when they start, made before the first of them; safe to repeat.

Opening a subgraph brings its stores up to date (migrations, collections, indexes) and its topics into being. A stand-in
for AWS, which an `endpoint=` in an address names, also gets the bucket and the sender that a template makes in AWS.
"""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from urllib.parse import parse_qs, urlsplit

from bmc.catalogue import NAMES, opener
from bmc.home import Home
from bmc.ports import open_ports, router_config
from router.server import network_transport
from shared.clock import SystemClock
from shared.settings import Settings


async def prepare(settings: Settings, say: Callable[[str], None]) -> None:
    """Prepare every store; raises WrongSetting."""
    settings.refuse_embedded()
    await asyncio.to_thread(_prepare_stand_ins, settings, say)
    async with AsyncExitStack() as closing:
        transport = network_transport(router_config(settings))
        closing.push_async_callback(transport.close)
        opened = await open_ports(settings, Home(settings.home), SystemClock(), transport=transport, opened=closing)
        for name in NAMES:
            subgraph = await opener(name)(opened.ports)
            closing.push_async_callback(subgraph.close)
            say(f"{name}: its stores are up to date")


def _prepare_stand_ins(settings: Settings, say: Callable[[str], None]) -> None:
    blobs, mail = urlsplit(settings.blobs_url), urlsplit(settings.mail_url)
    endpoint = _option(settings.blobs_url, "endpoint")
    if blobs.scheme == "s3" and endpoint:
        _make_bucket(blobs.netloc, endpoint, _option(settings.blobs_url, "region"))
        say(f"bucket {blobs.netloc}: there")
    endpoint = _option(settings.mail_url, "endpoint")
    if mail.scheme == "ses" and endpoint:
        _make_sender(settings.mail_from, endpoint, mail.netloc)
        say(f"sender {settings.mail_from}: there")


def _option(url: str, name: str) -> str:
    return parse_qs(urlsplit(url).query).get(name, [""])[0]


def _make_bucket(name: str, endpoint: str, region: str) -> None:
    import boto3
    from botocore.exceptions import ClientError

    client = boto3.client("s3", endpoint_url=endpoint, region_name=region)
    try:
        client.head_bucket(Bucket=name)
    except ClientError:
        client.create_bucket(Bucket=name)


def _make_sender(address: str, endpoint: str, region: str) -> None:
    import boto3

    client = boto3.client("sesv2", endpoint_url=endpoint, region_name=region)
    try:
        client.create_email_identity(EmailIdentity=address)
    except client.exceptions.AlreadyExistsException:
        return
