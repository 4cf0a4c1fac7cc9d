"""The rating worker's part: a doctor's average follows the ratings subgraph's count of them.

An event only says that something changed. The count itself is asked for, with its version, and stored if it is newer
than what is stored: so each rating is in it exactly once, whatever is delivered twice, late or out of order.
"""

from shared.clients.entities import EntityClient
from subgraphs.doctors.documents import DoctorDocument
from subgraphs.doctors.errors import NoSuchDoctor
from subgraphs.doctors.events import DoctorRated
from subgraphs.doctors.service.changing import DoctorChanger

SUMMARY = "ratingSummary { count totalStars version }"


class RatingService:
    """Follows ratings."""

    def __init__(self, changer: DoctorChanger, entities: EntityClient) -> None:
        self._changer = changer
        self._entities = entities

    async def follow(self, doctor_id: str, version: int) -> None:
        """Bring a doctor's average up to this version of the ratings, or a later one."""
        before = await self._changer.doctors.get(doctor_id)
        if before is None or before.rating_version >= version:
            return
        answer = await self._entities.entity("ratings", "Doctor", doctor_id, SUMMARY, fresh=True)
        if answer is None or answer["ratingSummary"]["version"] < version:
            raise RuntimeError("the ratings subgraph does not know its own event")
        summary = answer["ratingSummary"]

        async def work() -> DoctorDocument:
            count, stars = summary["count"], summary["totalStars"]
            fields = {
                "rating_version": summary["version"],
                "rating_count": count,
                "total_stars": stars,
                "average": stars / count if count else None,
            }
            newer = {"rating_version": {"$lt": summary["version"]}}
            doctor = await self._changer.doctors.change(
                doctor_id, {"$set": fields, "$inc": {"version": 1}}, where=newer
            )
            if doctor is not None:
                self._changer.announce(doctor, DoctorRated)
                return doctor
            present = await self._changer.doctors.get(doctor_id)
            if present is None:
                raise NoSuchDoctor
            return present

        await self._changer.commit(doctor_id, work)
