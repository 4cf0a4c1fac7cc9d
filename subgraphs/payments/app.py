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
from subgraphs.payments.service.provider import BadNotice, PaymentProvider
from subgraphs.payments.service.refunding import RefundService
from subgraphs.payments.service.viewing import ViewingService

RECONCILED_EVERY = timedelta(seconds=2)


async def open_subgraph(ports: Ports) -> Subgraph:
    """Open the store and answer the running subgraph."""
    store = await ports.open_mongo("payments", DOCUMENTS)
    repository = PaymentRepository(store)
    provider = _open_provider(ports, repository)
    paying = PaymentService(store, repository, provider, ports.entities("payments"), ports.clock)
    refunding = RefundService(store, repository, provider, ports.clock)
    payments = Payments(paying, refunding, ViewingService(store, ports.clock))
    door = Door(
        schema,
        name="payments",
        verifier=ports.verifier,
        service=payments,
        loaders=lambda caller: Loaders(repository, payments.viewing, caller),
    )
    return Subgraph(
        name="payments",
        app=make_app(door, Route(f"/webhooks/payments/{provider.name}", _webhook(paying), methods=["POST"])),
        consumers=(make_consumer(store, ports.bus, payments, ports.clock),),
        stores=(store,),
        closing=(provider.close,),
        jobs=(
            Job("reconcile-payments", RECONCILED_EVERY, payments.paying.reconcile),
            Job("reconcile-refunds", RECONCILED_EVERY, payments.refunding.reconcile),
        ),
    )


def _open_provider(ports: Ports, repository: PaymentRepository) -> PaymentProvider:
    """Open the provider that BMC_PAYMENTS_URL names; raises WrongSetting."""
    url = ports.settings.payments_url
    if url.startswith("stripe://"):
        # The library takes a quarter of a second to import.
        from subgraphs.payments.service.stripe_provider import StripeProvider, StripeUrl

        try:
            return StripeProvider(StripeUrl.read(url), repository)
        except ValueError as error:
            raise WrongSetting(f"BMC_PAYMENTS_URL: {error}") from None
    if url not in {"", "test://"}:
        raise WrongSetting("BMC_PAYMENTS_URL: payment providers are stripe://… and test://")
    if not url and ports.settings.env == "production":
        raise WrongSetting("BMC_PAYMENTS_URL: production needs stripe://…, or test:// said aloud: it moves no money")
    return BuiltInProvider(repository, ports.secret("payments:test-webhooks"), ports.clock)


def _webhook(paying: PaymentService) -> Callable[[Request], Awaitable[Response]]:
    async def receive(request: Request) -> Response:
        provider = paying.provider
        try:
            notice = provider.read_notice(await request.body(), request.headers.get(provider.signature_header, ""))
        except BadNotice as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        if notice is not None:
            await paying.receive_notice(notice)
        return JSONResponse({"received": True})

    return receive
