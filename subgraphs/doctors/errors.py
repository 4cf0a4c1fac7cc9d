"""The refusals of this subgraph; each code is one of the contract's ProfileErrorCode.

Refusal
├── InvalidInput (shared.checks)             INVALID_INPUT   a value that cannot be; names the field
├── EmailTaken (shared.clients.accounts)     EMAIL_TAKEN     the address has an account
├── WeakPassword (shared.clients.accounts)   WEAK_PASSWORD   as the security subgraph judges
├── NotInThatState                           INVALID_STATE   e.g. approving a doctor who is not PENDING
├── NoSuchDoctor                             NOT_FOUND       no such doctor, or another account's
└── those of documents (shared.blobs.refusals, shared.blobs.archive)
"""

from shared.errors import Refusal


class NotInThatState(Refusal):
    """The doctor's status does not allow it, perhaps since somebody else was quicker."""

    code = "INVALID_STATE"
    message = "The doctor's status does not allow this."


class NoSuchDoctor(Refusal):
    """No such doctor, or another account's."""

    code = "NOT_FOUND"
    message = "There is no such doctor."
