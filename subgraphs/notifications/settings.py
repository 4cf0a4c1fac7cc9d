"""How stubbornly messages are sent."""

from datetime import timedelta

ATTEMPTS = 8
FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=30)
KEPT_OFF = timedelta(seconds=30)
"""How long an attempt may take before another process makes one of its own; so late are mails cut off by a crash."""
PROFILE_AWAITED = 3
"""So many attempts wait for the profile of a new account before the account is written to without one."""
AT_ONCE = 8
"""So many messages are sent side by side, so that one slow recipient holds up nobody."""
POLL_SECONDS = 1.0


def pause_after(attempts: int) -> timedelta:
    """Answer how long to wait after so many failed attempts: doubling, up to half an hour."""
    doubled: timedelta = FIRST_PAUSE * 2 ** min(attempts - 1, 20)
    return min(doubled, LONGEST_PAUSE)
