"""Passwords: which are good enough, and their argon2id hashes, made in threads of their own.

The rules are NIST's: length, not composition; and none of the commonest. The list is short because nearly all of the
commonest passwords have fewer than ten characters; online guessing of the others is the throttle's business.
Source: https://pages.nist.gov/800-63-4/sp800-63b.html
"""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from subgraphs.security.errors import WeakPassword
from subgraphs.security.service.sealing import new_token
from subgraphs.security.settings import SecuritySettings

Answer = TypeVar("Answer")

SHORTEST: Final = 10
LONGEST: Final = 128
FEWEST_DIFFERENT: Final = 4
_COMMONEST: Final = frozenset(
    {
        *("1234567890", "0123456789", "0987654321", "9876543210", "12345678910", "123456789a", "a123456789"),
        *("1234567891", "1234567899", "1234554321", "147258369a", "123456789q", "1q2w3e4r5t", "1q2w3e4r5t6y"),
        *("q1w2e3r4t5", "q1w2e3r4t5y6", "1qaz2wsx3edc", "qazwsxedcrfv", "qwertyuiop", "qwertyuiop123"),
        *("qwerty1234", "qwerty12345", "qwerty123456", "1234qwerasdf", "asdfghjkl1", "asdfghjkl123", "zxcvbnm123"),
        *("password12", "password123", "password1234", "password12345", "passw0rd123", "p@ssw0rd123", "p@ssword123"),
        *("mypassword", "letmein123", "welcome123", "welcome1234", "iloveyou12", "iloveyou123", "abcdefghij"),
        *("abcdefghijk", "abcd123456", "abc1234567", "abcde12345", "administrator", "changeme123", "football123"),
        *("superman123", "princess123", "sunshine123", "michael123", "basketball", "motherlode", "bookmyconsultation"),
    }
)


def check_policy(password: str, email: str, field: str) -> None:
    """Raise WeakPassword, naming `field`, for a password that is not good enough for an account."""
    plain = _normal(password)
    if not SHORTEST <= len(plain) <= LONGEST:
        raise WeakPassword(f"A password has between {SHORTEST} and {LONGEST} characters.", field=[field])
    folded = plain.casefold()
    if folded in {email.casefold(), email.partition("@")[0].casefold()}:
        raise WeakPassword("The password must not be the e-mail.", field=[field])
    if folded in _COMMONEST or len(set(folded)) < FEWEST_DIFFERENT:
        raise WeakPassword("This password is one of the commonest, so it is the first to be guessed.", field=[field])


class Passwords:
    """Makes and compares hashes. So many at once as there are threads: each takes all the memory that is set."""

    def __init__(self, settings: SecuritySettings) -> None:
        self._hasher = PasswordHasher(
            time_cost=settings.argon2_passes, memory_cost=settings.argon2_memory_kib, parallelism=1, type=Type.ID
        )
        self._threads = ThreadPoolExecutor(settings.argon2_at_once, thread_name_prefix="argon2")
        # Nobody's password, of the same cost: an account that is not there is as much work as one that is.
        self._nobodys = self._hasher.hash(new_token())

    async def hash(self, password: str) -> str:
        """Answer the hash of a password."""
        return await self._in_thread(self._hasher.hash, _normal(password))

    async def matches(self, hashed: str | None, password: str) -> bool:
        """Compare; None, for an account that is not there, is as much work and never matches."""
        matches = await self._in_thread(self._verify, hashed or self._nobodys, _normal(password)[: LONGEST + 1])
        return matches and hashed is not None

    def outdated(self, hashed: str) -> bool:
        """Tell whether a hash was made with other costs than are set now."""
        return self._hasher.check_needs_rehash(hashed)

    def _verify(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _in_thread(self, work: Callable[..., Answer], *given: str) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *given)


def _normal(password: str) -> str:
    # The same keys give other code points on other systems (NIST SP 800-63B, 3.1.1.2).
    return unicodedata.normalize("NFKC", password)
