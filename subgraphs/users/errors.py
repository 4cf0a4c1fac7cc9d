"""The refusals of this subgraph; each code is one of the contract's ProfileErrorCode.

Refusal
├── InvalidInput (shared.checks)             INVALID_INPUT   a value that cannot be; names the field
├── EmailTaken (shared.clients.accounts)     EMAIL_TAKEN     the address has an account
├── WeakPassword (shared.clients.accounts)   WEAK_PASSWORD   as the security subgraph judges
├── NoSuchUser                               NOT_FOUND       no such patient, or another account's
└── those of documents (shared.blobs.refusals, shared.blobs.archive)
"""

from shared.errors import Refusal


class NoSuchUser(Refusal):
    """No such patient, or another account's."""

    code = "NOT_FOUND"
    message = "There is no such patient."
