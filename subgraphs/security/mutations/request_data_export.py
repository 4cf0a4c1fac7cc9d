"""requestDataExport: everything that the platform holds about the caller, mailed when it is ready."""

from shared.errors import Refusal
from subgraphs.security.loaders import Info
from subgraphs.security.types import DataExportPayload, SecurityError


async def request_data_export(info: Info) -> DataExportPayload | None:
    try:
        await info.context.service.exports.request(info.context.caller)
    except Refusal as refusal:
        return DataExportPayload(ok=False, user_errors=[SecurityError.of(refusal)])
    return DataExportPayload(ok=True)
