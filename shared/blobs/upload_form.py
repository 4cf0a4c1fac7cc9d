"""A multipart form (RFC 7578) of fields and then one file, read as it arrives: the file never is in memory whole.

Starlette's own parser spools the whole file before anything can be refused; this one tells the fields as soon as the
file begins, so that a bad signature costs no disk and an oversized file is refused at its first byte too many.
"""

from http import HTTPStatus

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from shared.blobs.signing import FilesRefused

MAX_FIELDS = 16
MAX_FIELD = 8 * 1024
FILE = "file"


def malformed(message: str) -> FilesRefused:
    """Make the refusal of a form that is not as it should be."""
    return FilesRefused(HTTPStatus.BAD_REQUEST, "MALFORMED", message)


class UploadForm:
    """Feed it the body: it answers the file's bytes, and its `fields` are complete once `file_begun`."""

    def __init__(self, content_type: str) -> None:
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data" or b"boundary" not in options:
            raise malformed("The file is sent as multipart/form-data.")
        self.fields: dict[str, str] = {}
        self.file_begun = False
        self.ended = False
        self._header = (bytearray(), bytearray())
        self._name = ""
        self._value = bytearray()
        self._file = bytearray()
        self._parser = MultipartParser(
            options[b"boundary"],
            {
                "on_part_begin": self._on_part_begin,
                "on_part_data": self._on_part_data,
                "on_part_end": self._on_part_end,
                "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._on_headers_finished,
                "on_end": self._on_end,
            },
        )

    def feed(self, chunk: bytes) -> bytes:
        """Read a piece of the body; answer those bytes of the file that were in it."""
        self._file.clear()
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise malformed("The form cannot be read.") from error
        return bytes(self._file)

    def _on_part_begin(self) -> None:
        if self.file_begun:
            raise malformed("The file is the last part of the form.")
        self._name = ""
        self._value.clear()

    def _on_header_end(self) -> None:
        field, value = self._header
        if field.lower() == b"content-disposition":
            _, options = parse_options_header(bytes(value))
            self._name = options.get(b"name", b"").decode("utf-8", "replace")
        field.clear()
        value.clear()

    def _on_headers_finished(self) -> None:
        if not self._name:
            raise malformed("Each part of the form has a name.")
        if self._name == FILE:
            self.file_begun = True
        elif self._name in self.fields or len(self.fields) == MAX_FIELDS:
            raise malformed("A field is there twice, or there are too many.")

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self.file_begun:
            self._file += data[start:end]
            return
        self._value += data[start:end]
        if len(self._value) > MAX_FIELD:
            raise malformed("A field is too long.")

    def _on_part_end(self) -> None:
        if not self.file_begun:
            self.fields[self._name] = self._value.decode("utf-8", "replace")

    def _on_end(self) -> None:
        self.ended = True
