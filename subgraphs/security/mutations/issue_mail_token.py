"""issueMailToken, for services: the token that an event's mail carries."""

from subgraphs.security.inputs import IssueMailTokenInput
from subgraphs.security.loaders import Info
from subgraphs.security.types import IssueMailTokenPayload


async def issue_mail_token(info: Info, input: IssueMailTokenInput) -> IssueMailTokenPayload | None:
    issued = await info.context.service.mail_tokens.issue(input.account_id, input.purpose, input.event_id)
    return IssueMailTokenPayload(token=issued.token, expires_at=issued.expires_at)
