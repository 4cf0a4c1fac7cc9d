"""Where a doctor stands in each sorted list, and where they stood before.

A page of a list sorted by rating must neither skip nor repeat doctors while ratings change between one page and the
next. So a list is read as it stood at one moment: every change of anybody's standing has a number, from one counter;
the first page notes the number of the latest change (the *edition*), its cursors carry it, and later pages of that
list put doctors who changed since then where they stood in that edition. A doctor thus has exactly one place in an
edition, and pages are ranges of places.

The number is drawn in the transaction of the change, so it is neither a clock nor a guess: a reader who has seen
number n sees every change up to n, and recognises every later one by its number. Changes are few (ratings, fees, the
next free slot), so that one counter may number them all. Standings older than `EDITIONS_KEPT` changes are dropped at
the doctor's next change; whoever comes with a cursor as old as that reads on in the latest edition, from the same
place.
"""

from decimal import Decimal

from subgraphs.doctors.documents import DoctorDocument, EarlierStanding, Place

EDITIONS_KEPT = 10_000
COUNTER = "standings"
FEE_SCALE = 4
"""No currency of ISO 4217 has more decimals, so that fees are whole numbers."""
NEVER = 2**53
"""The next free slot, in milliseconds, of those who have none: they come last."""
MILLIONTHS = 1_000_000


def fee_rank(amount: str | Decimal) -> int:
    """Answer an amount as a whole number that compares with others of its currency."""
    return int(Decimal(amount).scaleb(FEE_SCALE))


def standing_of(doctor: DoctorDocument) -> dict[str, Place]:
    """Answer the doctor's place in each list; smaller places come first, the id makes each of them unique.

    Amounts of different currencies do not compare; their numbers decide, then the currency.
    """
    average = doctor.total_stars * MILLIONTHS // doctor.rating_count if doctor.rating_count else 0
    following = int(doctor.next_available.timestamp() * 1000) if doctor.next_available else NEVER
    return {
        "rating": {"a": -average, "b": -doctor.rating_count, "id": doctor.id},
        "fee": {"a": fee_rank(doctor.fee_amount), "b": doctor.fee_currency, "id": doctor.id},
        "experience": {"a": -doctor.years_of_experience, "b": 0, "id": doctor.id},
        "next": {"a": following, "b": 0, "id": doctor.id},
    }


def earlier_standings(doctor: DoctorDocument, number: int) -> list[EarlierStanding]:
    """Answer the standings to be kept when change `number` ends the present one."""
    kept = [earlier for earlier in doctor.earlier if earlier.until > number - EDITIONS_KEPT]
    return [*kept, EarlierStanding(until=number, standing=doctor.standing)]
