"""eraseAccount: not offered yet."""

from subgraphs.security.errors import NotOfferedYet
from subgraphs.security.inputs import EraseAccountInput
from subgraphs.security.loaders import Info
from subgraphs.security.types import EraseAccountPayload


async def erase_account(info: Info, input: EraseAccountInput) -> EraseAccountPayload | None:  # noqa: ARG001  They will be read.
    raise NotOfferedYet("The erasure of an account is not offered yet; nothing was erased.")
