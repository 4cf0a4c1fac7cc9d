"""How stubbornly messages are sent, and what an operator may set of this subgraph alone (`BMC_NOTIFICATIONS_…`)."""

from datetime import timedelta

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.aws_sns import TOPIC_ARN
from shared.settings import WrongSetting

ATTEMPTS = 20
"""With their pauses about five hours, so that a mail outlives an outage of the mail service."""
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


class NotificationSettings(BaseSettings):
    """`ses_topic` is the SNS topic by which SES tells of bounces and complaints; empty: none is listened to."""

    model_config = SettingsConfigDict(env_prefix="BMC_NOTIFICATIONS_", extra="ignore", frozen=True)

    ses_topic: str = Field(default="", pattern=rf"^({TOPIC_ARN.pattern})?$")


def read_notification_settings() -> NotificationSettings:
    """Read the environment; raises WrongSetting."""
    try:
        return NotificationSettings()
    except ValidationError as error:
        given = error.errors()[0]["input"]
        raise WrongSetting(f"BMC_NOTIFICATIONS_SES_TOPIC: this is not the ARN of an SNS topic: {given!r}") from None
