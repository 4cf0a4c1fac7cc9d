"""One trace over every process that a booking goes through: router, subgraphs, relays, Kafka, workers, mail."""

from tests.shared.otlp_peer import OtlpPeer
from tests.stories.client import Client
from tests.stories.people import Doctor, Patient
from tests.stories.tracing import TRACE, assert_one_trace, book_and_pay, is_told

ON_THE_WAY = {
    "bmc-router",
    "bmc-appointments",
    "bmc-doctors",
    "bmc-payments",
    "bmc-worker-appointments",
    "bmc-worker-payments",
    "bmc-worker-notifications",
}


async def test_one_trace_leads_from_the_client_over_kafka_to_the_mails(
    collector: OtlpPeer, visitor: Client, pair: tuple[Doctor, Patient]
) -> None:
    doctor, patient = pair
    await book_and_pay(visitor, patient, doctor)

    async def all_told() -> bool:
        spans = collector.of_trace(TRACE)
        mails = [span for span in spans if span.name == "send mail"]
        return {span.service for span in spans} >= ON_THE_WAY and len(mails) >= 3 and is_told(spans)

    await visitor.until(all_told, "every process to have told its spans")
    spans = collector.of_trace(TRACE)
    assert_one_trace(spans)
    assert {span.service for span in spans if span.name == "send mail"} == {"bmc-worker-notifications"}
    assert {span.service for span in spans if span.name == "publish appointment.booked"} == {"bmc-worker-appointments"}
