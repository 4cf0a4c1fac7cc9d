"""requestDataExport: not offered yet."""

from subgraphs.security.errors import NotOfferedYet
from subgraphs.security.loaders import Info
from subgraphs.security.types import DataExportPayload


async def request_data_export(info: Info) -> DataExportPayload | None:  # noqa: ARG001  It will ask who calls.
    raise NotOfferedYet("An export of one's data is not offered yet.")
