"""What a document may be refused for. Codes are those of the graph, so that a mutation passes them on as they are."""

from typing import Final

from shared.errors import Refusal


class UnacceptableDocument(Refusal):
    """The name, kind, size or checksum announced makes no sense; `field` tells which."""

    code = "INVALID_INPUT"
    message = "This does not describe a document."


class TooManyDocuments(Refusal):
    """The owner has as many documents as one may have."""

    code = "INVALID_STATE"
    message = "There are too many documents; delete one first."


class UnsupportedContentType(Refusal):
    """Neither announced, nor found in the file, is a type that is taken."""

    code = "UNSUPPORTED_CONTENT_TYPE"
    message = "Only PDF, PNG and JPEG files are taken, and a file must be what it is said to be."


class FileTooLarge(Refusal):
    """More bytes than are taken, or than were announced."""

    code = "FILE_TOO_LARGE"
    message = "The file is too large."


class UploadIncomplete(Refusal):
    """The file has not arrived, or not all of it, or not in time."""

    code = "UPLOAD_INCOMPLETE"
    message = "The file has not been uploaded completely."


class ChecksumMismatch(Refusal):
    """The SHA-256 of what arrived is not the one announced."""

    code = "CHECKSUM_MISMATCH"
    message = "The file is not the one that was announced: its SHA-256 differs."


REJECTIONS: Final[dict[str, type[Refusal]]] = {
    refusal.code: refusal for refusal in (UnsupportedContentType, FileTooLarge, UploadIncomplete, ChecksumMismatch)
}
"""The refusals for which a document is REJECTED, by the code that its record keeps."""
