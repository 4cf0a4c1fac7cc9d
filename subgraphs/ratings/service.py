"""What the business decides about ratings."""

from dataclasses import dataclass

from shared.audit import audited
from shared.auth import Caller
from shared.checks import is_plain
from shared.clients.entities import EntityClient
from shared.clock import Clock
from shared.errors import Unauthenticated
from shared.events.declared import event
from shared.ids import new_id
from shared.stores.store import Store
from subgraphs.ratings.documents import RatingDocument, RatingStatus
from subgraphs.ratings.errors import AlreadyRated, InvalidRating, NoSuchRatedThing, NotCompleted
from subgraphs.ratings.events import SOURCE, RatingModerated, RatingPublished
from subgraphs.ratings.repository import RatingRepository

LONGEST_COMMENT = 2000
LONGEST_REASON = 500
NOBODY = "A patient"


@dataclass(frozen=True, slots=True)
class Rated:
    """What the appointments subgraph tells of the appointment to be rated."""

    appointment_id: str
    doctor_id: str
    user_id: str
    completed: bool


class RatingService:
    """Rates and moderates; a rating, the doctor's aggregate and the event are one transaction."""

    def __init__(self, store: Store, repository: RatingRepository, entities: EntityClient, clock: Clock) -> None:
        self._store = store
        self.repository = repository
        self._entities = entities
        self._clock = clock

    async def rate(self, caller: Caller, appointment_id: str, stars: int, comment: str | None) -> RatingDocument:
        """Rate a completed appointment of the caller's own, once.

        Raises InvalidRating, NoSuchRatedThing, NotCompleted, AlreadyRated.
        """
        if caller.user_id is None:
            raise Unauthenticated
        comment = _checked(stars, comment)
        rated = await self._rated(appointment_id)
        if rated is None or rated.user_id != caller.user_id:
            raise NoSuchRatedThing(field=["appointmentId"])
        if not rated.completed:
            raise NotCompleted(field=["appointmentId"])
        author = await self._author(caller.user_id)

        async def work() -> RatingDocument:
            rating = RatingDocument(
                id=new_id("rat"),
                appointment_id=rated.appointment_id,
                doctor_id=rated.doctor_id,
                user_id=rated.user_id,
                author=author,
                stars=stars,
                comment=comment,
                status=RatingStatus.PUBLISHED,
                created_at=self._clock.now(),
            )
            await self.repository.add(rating)
            aggregate = await self.repository.change_aggregate(rated.doctor_id, count=1, stars=stars)
            published = RatingPublished(
                rating_id=rating.id,
                appointment_id=rating.appointment_id,
                doctor_id=rating.doctor_id,
                user_id=rating.user_id,
                version=aggregate.version,
            )
            self._store.publish(event(SOURCE, rating.doctor_id, published, self._clock))
            return rating

        if (await self.repository.by_appointment([appointment_id]))[0] is not None:
            raise AlreadyRated(field=["appointmentId"])
        return await self._store.transaction(work)

    async def moderate(self, caller: Caller, rating_id: str, status: RatingStatus, reason: str) -> RatingDocument:
        """Hide a rating or show it again; to ask for what is so already changes nothing.

        Raises InvalidRating, NoSuchRatedThing.
        """
        if not reason.strip() or len(reason) > LONGEST_REASON or not is_plain(reason):
            raise InvalidRating(f"Give a reason of at most {LONGEST_REASON} characters.", field=["reason"])

        async def work() -> RatingDocument:
            rating = await self.repository.get(rating_id)
            if rating is None:
                raise NoSuchRatedThing(field=["ratingId"])
            if rating.status is status:
                return rating
            await self.repository.set_status(rating, status, reason.strip())
            sign = 1 if status is RatingStatus.PUBLISHED else -1
            aggregate = await self.repository.change_aggregate(rating.doctor_id, count=sign, stars=sign * rating.stars)
            moderated = RatingModerated(
                rating_id=rating.id, doctor_id=rating.doctor_id, status=status.value, version=aggregate.version
            )
            resource = ("Rating", rating.id)
            record = audited(
                SOURCE, caller, self._clock, action="rating.moderate", resource=resource, user_id=rating.user_id
            )
            self._store.publish(event(SOURCE, rating.doctor_id, moderated, self._clock), record)
            return rating

        return await self._store.transaction(work)

    async def forget_author(self, user_id: str) -> None:
        """Make a patient's ratings nobody's: they left for good."""
        await self.repository.forget_author(user_id, NOBODY)

    async def _rated(self, appointment_id: str) -> Rated | None:
        (found,) = await self._entities.entities(
            "appointments", "Appointment", [appointment_id], "status doctorId userId", fresh=True
        )
        if found is None:
            return None
        return Rated(appointment_id, found["doctorId"], found["userId"], found["status"] == "COMPLETED")

    async def _author(self, user_id: str) -> str:
        (user,) = await self._entities.entities("users", "User", [user_id], "firstName lastName")
        return f"{user['firstName']} {user['lastName'][:1]}." if user else NOBODY


def _checked(stars: int, comment: str | None) -> str | None:
    if not 1 <= stars <= 5:  # noqa: PLR2004  The scale of the contract.
        raise InvalidRating("Stars must be between 1 and 5.", field=["stars"])
    if comment is not None and len(comment) > LONGEST_COMMENT:
        raise InvalidRating(f"A comment has at most {LONGEST_COMMENT} characters.", field=["comment"])
    if comment is not None and not is_plain(comment):
        raise InvalidRating("This has characters that cannot be shown.", field=["comment"])
    return (comment or "").strip() or None
