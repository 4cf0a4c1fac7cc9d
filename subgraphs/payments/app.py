"""The wiring of this subgraph: the only place that opens anything."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shared.graphql.door import Door, make_app
from shared.settings import WrongSetting
from shared.subgraph import Job, Ports, Subgraph
from subgraphs.payments.consumers import make_consumer
from subgraphs.payments.documents import DOCUMENTS
from subgraphs.payments.loaders import Loaders
from subgraphs.payments.repository import PaymentRepository
from subgraphs.payments.schema import schema
from subgraphs.payments.service import Payments
from subgraphs.payments.service.built_in_provider import BuiltInProvider
from subgraphs.payments.service.paying import PaymentService
from subgraphs.payments.service.provider import BadNotice
from subgraphs.payments.service.refunding import RefundService

RECONCILED_EVERY = timedelta(seconds=2)


async def open_subgraph(ports: Ports) -> Subgraph:
    """Open the store and answer the running subgraph."""
    store = await ports.open_mongo("payments", DOCUMENTS)
    repository = PaymentRepository(store)
    provider = _open_provider(ports, repository)
    paying = PaymentService(store, repository, provider, ports.entities("payments"), ports.clock)
    payments = Payments(paying, RefundService(store, repository, provider, ports.clock))
    door = Door(
        schema, name="payments", verifier=ports.verifier, service=payments, loaders=lambda _: Loaders(repository)
    )
    return Subgraph(
        name="payments",
        app=make_app(door, Route(f"/webhooks/payments/{provider.name}", _webhook(paying), methods=["POST"])),
        consumers=(make_consumer(store, ports.bus, payments, ports.clock),),
        stores=(store,),
        jobs=(
            Job("reconcile-payments", RECONCILED_EVERY, payments.paying.reconcile),
            Job("reconcile-refunds", RECONCILED_EVERY, payments.refunding.reconcile),
        ),
    )


def _open_provider(ports: Ports, repository: PaymentRepository) -> BuiltInProvider:
    url = ports.settings.payments_url or "test://"
    if not url.startswith("test://"):
        raise WrongSetting(f"BMC_PAYMENTS_URL: no payment provider for {url.partition(':')[0]}:// (there is test://)")
    return BuiltInProvider(repository, ports.secret("payments:test-webhooks"), ports.clock)


def _webhook(paying: PaymentService) -> Callable[[Request], Awaitable[Response]]:
    async def receive(request: Request) -> Response:
        try:
            notice = paying.provider.read_notice(await request.body(), request.headers.get("bmc-signature", ""))
        except BadNotice as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        await paying.receive_notice(notice)
        return JSONResponse({"received": True})

    return receive
