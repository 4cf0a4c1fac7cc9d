"""The wiring of this subgraph: the only place that opens anything.

`POST /webhooks/mail/ses` takes what Amazon SNS posts: 400 for what is no notice, 403 for a forged one, 413 for a large
one, and 503 for what cannot be told now, so that SNS posts it again.
"""

import logging
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shared.aws_sns import SnsForged, SnsMalformed, SnsMessage, SnsReader, SnsUnavailable
from shared.errors import SubgraphUnavailable
from shared.graphql.door import Door, make_app
from shared.mail.ses_notices import NoticeMalformed, read_notice
from shared.subgraph import Job, Ports, Subgraph
from subgraphs.notifications.consumers import make_consumer
from subgraphs.notifications.documents import DOCUMENTS, PreferencesDocument
from subgraphs.notifications.loaders import Loaders
from subgraphs.notifications.repository import NotificationRepository
from subgraphs.notifications.schema import schema
from subgraphs.notifications.service import NotificationService
from subgraphs.notifications.service.composing import Composing
from subgraphs.notifications.service.facts import Facts
from subgraphs.notifications.service.suppressing import SuppressionService
from subgraphs.notifications.settings import read_notification_settings

LARGEST_NOTICE = 512 * 1024
"""Twice what SNS carries."""

_logger = logging.getLogger(__name__)


async def open_subgraph(ports: Ports) -> Subgraph:
    """Open the store and answer the running subgraph; raises WrongSetting."""
    topic = read_notification_settings().ses_topic
    store = await ports.open_mongo("notifications", DOCUMENTS)
    repository = NotificationRepository(store)

    async def preferences(user_id: str) -> PreferencesDocument:
        (found,) = await repository.preferences([user_id])
        return found

    facts = Facts(ports.entities("notifications"))
    composing = Composing(facts, preferences, ports.settings.base_url, ports.clock, sender=ports.settings.mail_from)
    suppressions = SuppressionService(store, repository, ports.secret("suppressed-addresses"), ports.clock)
    service = NotificationService(
        store, repository, composing, suppressions=suppressions, mailer=ports.mailer, clock=ports.clock
    )
    notices = [_notices(SnsReader(topic, ports.http, ports.clock), suppressions)] if topic else []
    door = Door(
        schema, name="notifications", verifier=ports.verifier, service=service, loaders=lambda _: Loaders(repository)
    )
    return Subgraph(
        name="notifications",
        app=make_app(door, *notices),
        consumers=(make_consumer(store, ports.bus, service, ports.clock),),
        stores=(store,),
        jobs=(Job("sample-mails", timedelta(seconds=15), service.sample_overdue),),
        worker_loops=(service.keep_sending,),
        service=service,
    )


def _notices(sns: SnsReader, suppressions: SuppressionService) -> Route:
    async def receive(request: Request) -> Response:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_NOTICE:
                return _refused(413, "The notice is too large.")
        try:
            await _take(await sns.read(bytes(body)), sns, suppressions)
        except (SnsMalformed, NoticeMalformed) as error:
            return _refused(400, str(error))
        except SnsForged as error:
            _logger.warning("a notice was refused", extra={"reason": str(error)})
            return _refused(403, str(error))
        except (SnsUnavailable, SubgraphUnavailable) as error:
            _logger.warning("a notice could not be taken", extra={"reason": str(error)})
            return _refused(503, "Try again later.")
        return JSONResponse({"received": True})

    return Route("/webhooks/mail/ses", receive, methods=["POST"])


async def _take(message: SnsMessage, sns: SnsReader, suppressions: SuppressionService) -> None:
    match message.kind:
        case "SubscriptionConfirmation":
            await sns.confirm(message)
            _logger.info("the topic of mail notices is subscribed to")
        case "UnsubscribeConfirmation":
            _logger.error("the topic of mail notices is not subscribed to any more")
        case "Notification":
            unwanted = read_notice(message.text)
            if unwanted is not None:
                await suppressions.note(message.id, unwanted)


def _refused(status: int, why: str) -> Response:
    return JSONResponse({"error": why}, status_code=status)
