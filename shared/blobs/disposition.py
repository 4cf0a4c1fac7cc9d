"""The Content-Disposition header (RFC 6266): always an attachment, so that no browser renders an upload."""

import unicodedata
from urllib.parse import quote


def attachment(filename: str) -> str:
    """Name a download: a plain ASCII name for old clients, and the true one as RFC 8187 has it."""
    ascii_name = unicodedata.normalize("NFKD", filename).encode("ascii", "ignore").decode()
    plain = "".join(
        character for character in ascii_name if character.isprintable() and character not in '"\\/%'
    ).strip()
    return f"attachment; filename=\"{plain or 'download'}\"; filename*=UTF-8''{quote(filename, safe='')}"
