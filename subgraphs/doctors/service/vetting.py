"""Vetting: reviewers approve, reject, suspend and reinstate. Each decision leads from one status to one other.

    PENDING --approve--> ACTIVE --suspend--> SUSPENDED --reinstate--> ACTIVE
    PENDING --reject--> REJECTED --(the doctor resubmits)--> PENDING

Of two reviewers at once the second finds the status changed: the change is conditional on it, in the database.

A doctor whose account is suspended is taken off the directory too, and put back with it: nobody should pay for a
consultation with a doctor who cannot sign in.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from shared import checks
from shared.auth import Caller
from shared.checks import InvalidInput
from subgraphs.doctors.documents import DoctorDocument, DoctorStatus
from subgraphs.doctors.errors import NoSuchDoctor, NotInThatState
from subgraphs.doctors.events import DoctorApproved, DoctorEvent, DoctorReinstated, DoctorRejected, DoctorSuspended
from subgraphs.doctors.repository import ACTIVATED
from subgraphs.doctors.service.changing import DoctorChanger

LONGEST_COMMENT = 2000


class Decision(Enum):
    """What a reviewer decides."""

    APPROVE = "approve"
    REJECT = "reject"
    SUSPEND = "suspend"
    REINSTATE = "reinstate"


@dataclass(frozen=True, slots=True)
class Step:
    """What a decision does; one `against` the doctor needs a comment, which the doctor is mailed."""

    before: DoctorStatus
    after: DoctorStatus
    fact: type[DoctorEvent]
    against: bool


STEPS: dict[Decision, Step] = {
    Decision.APPROVE: Step(DoctorStatus.PENDING, DoctorStatus.ACTIVE, DoctorApproved, against=False),
    Decision.REJECT: Step(DoctorStatus.PENDING, DoctorStatus.REJECTED, DoctorRejected, against=True),
    Decision.SUSPEND: Step(DoctorStatus.ACTIVE, DoctorStatus.SUSPENDED, DoctorSuspended, against=True),
    Decision.REINSTATE: Step(DoctorStatus.SUSPENDED, DoctorStatus.ACTIVE, DoctorReinstated, against=False),
}

ACCOUNT_FOLLOWED = "system"
"""The reviewer of decisions that followed the account."""


class VettingService:
    """Carries out decisions."""

    def __init__(self, changer: DoctorChanger) -> None:
        self._changer = changer

    async def review(self, caller: Caller, decision: Decision, doctor_id: str, comments: str) -> DoctorDocument:
        """Carry out a decision; who, what, when and why are kept with the doctor, and audited.

        Raises InvalidInput, NoSuchDoctor, NotInThatState.
        """
        step = STEPS[decision]
        comment = checks.paragraph(comments, "comments", limit=LONGEST_COMMENT) or ""
        if step.against and not comment:
            raise InvalidInput("Tell the doctor why.", field=["comments"])
        change = self._change(step, decision, str(caller.account_id), comment)

        async def work() -> DoctorDocument:
            where = {**ACTIVATED, "status": step.before.value}
            doctor = await self._changer.doctors.change(doctor_id, change, where=where)
            if doctor is None:
                if await self._changer.doctors.get(doctor_id) is None:
                    raise NoSuchDoctor(field=["doctorId"])
                raise NotInThatState(f"Only a {step.before.value} doctor can be decided on so.", field=["doctorId"])
            self._changer.announce(doctor, step.fact)
            self._changer.audit(caller, f"doctor.{decision.value}", doctor_id)
            return doctor

        return await self._changer.commit(doctor_id, work)

    async def follow_account(self, doctor_id: str, version: int, *, suspended: bool) -> None:
        """Suspend an ACTIVE doctor with their account, and reinstate whom only that suspended.

        `version` is the account's: what was told before it, or twice, changes nothing.
        """

        async def work() -> DoctorDocument:
            doctor = await self._changer.doctors.get(doctor_id)
            if doctor is None or doctor.account_version >= version:
                raise NoSuchDoctor
            decision = Decision.SUSPEND if suspended else Decision.REINSTATE
            step = STEPS[decision]
            followed = doctor.reviews and doctor.reviews[-1].reviewer_id == ACCOUNT_FOLLOWED
            change: dict[str, Any] = {"$set": {}}
            if doctor.status is step.before and (suspended or followed):
                change = self._change(step, decision, ACCOUNT_FOLLOWED, f"The account is {step.after.value.lower()}.")
            change["$set"]["account_version"] = version
            changed = await self._changer.doctors.change(doctor_id, change)
            assert changed is not None, "it was there in this transaction"
            if changed.status is not doctor.status:
                self._changer.announce(changed, step.fact)
            return changed

        try:
            await self._changer.commit(doctor_id, work)
        except NoSuchDoctor:
            return

    def _change(self, step: Step, decision: Decision, reviewer_id: str, comment: str) -> dict[str, Any]:
        now = self._changer.clock.now()
        review = {"decision": decision.value, "reviewer_id": reviewer_id, "comment": comment, "at": now}
        return {
            "$set": {"status": step.after.value, "availability_due": now, "availability_wait": 0},
            "$push": {"reviews": review},
            "$inc": {"version": 1},
        }
