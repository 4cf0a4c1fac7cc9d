"""Checks of what people fill in about themselves: each answers the value in its normal form, or names the field.

Names are what people say they are: any script, no pattern. Source for telephone numbers: ITU-T E.164; for locales:
BCP 47 (RFC 5646) as far as a language of CLDR begins the tag.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from functools import cache
from zoneinfo import available_timezones

from babel import Locale
from babel.localedata import locale_identifiers

from shared.errors import Refusal

LONGEST_LINE = 100
EARLIEST_BIRTH = date(1900, 1, 1)
_PHONE = re.compile(r"\+?[1-9]\d{6,14}")
_LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z]{4})?([-_]([A-Za-z]{2}|\d{3}))?([-_][A-Za-z0-9]{5,8})*")
_JOINERS = "\u200c\u200d"
_UNSEEN = {"Cc", "Cs", "Zl", "Zp"}
_TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_NOT_PLACES = ("posix/", "right/", "SystemV/")


class InvalidInput(Refusal):
    """A value that cannot be; `field` is the path into the input."""

    code = "INVALID_INPUT"
    message = "This value is not valid."


def line(text: str, *field: str, limit: int = LONGEST_LINE) -> str:
    """Check one line of text: composed, trimmed, not empty, without characters that break or turn lines."""
    clean = unicodedata.normalize("NFC", text).strip()
    if not 1 <= len(clean) <= limit:
        raise InvalidInput(f"This needs 1 to {limit} characters.", field=field)
    if any(_hidden(character) for character in clean):
        raise InvalidInput("This has characters that cannot be shown.", field=field)
    return clean


def optional_line(text: str | None, *field: str, limit: int = LONGEST_LINE) -> str | None:
    """Check a line that may be left out; a blank one is left out."""
    return line(text, *field, limit=limit) if text is not None and text.strip() else None


def paragraph(text: str | None, *field: str, limit: int) -> str | None:
    """Check text of several lines that may be left out."""
    clean = unicodedata.normalize("NFC", text or "").replace("\r\n", "\n").strip()
    if len(clean) > limit:
        raise InvalidInput(f"This may have up to {limit} characters.", field=field)
    if not is_plain(clean):
        raise InvalidInput("This has characters that cannot be shown.", field=field)
    return clean or None


def is_plain(text: str) -> bool:
    """Tell whether a text of several lines is what it looks like: nothing in it controls, or turns what stands around.

    Soft hyphens, marks of direction and the like come along when text is copied, and do no harm.
    """
    return not any(
        unicodedata.category(character) in _UNSEEN or character in _TURNING
        for character in text
        if character not in "\r\n\t"
    )


def lines(items: Sequence[str], *field: str, most: int = 20, limit: int = LONGEST_LINE) -> list[str]:
    """Check a list of lines: at least one, each once whatever its case, in the order given."""
    clean: dict[str, str] = {}
    for item in items:
        kept = line(item, *field, limit=limit)
        clean.setdefault(kept.casefold(), kept)
    if not 1 <= len(clean) <= most:
        raise InvalidInput(f"Give 1 to {most} of these.", field=field)
    return list(clean.values())


def name(text: str, *field: str) -> str:
    """Check a person's name: a line with a letter in it."""
    clean = line(text, *field)
    if not any(character.isalpha() for character in clean):
        raise InvalidInput("A name has letters.", field=field)
    return clean


def phone(text: str, *field: str) -> str:
    """Check a telephone number, e.g. `+91 98765 43210` -> `+919876543210`."""
    digits = re.sub(r"[\s().\u2010-\u2015-]", "", text)
    if not _PHONE.fullmatch(digits):
        raise InvalidInput("Expected a telephone number such as +919876543210.", field=field)
    return digits


def time_zone(text: str, *field: str) -> str:
    """Check the name of a zone of the IANA database, e.g. `Asia/Kolkata`."""
    if text.strip() not in _zones():
        raise InvalidInput("Expected an IANA time zone such as Asia/Kolkata.", field=field)
    return text.strip()


@cache
def _zones() -> frozenset[str]:
    return frozenset(
        zone
        for zone in available_timezones()
        if not zone.startswith(_NOT_PLACES) and zone not in {"localtime", "Factory"}
    )


def locale(text: str, *field: str) -> str:
    """Check a BCP 47 tag and write it the usual way, e.g. `EN-in` -> `en-IN`."""
    tag = text.strip().replace("_", "-")
    language, *rest = tag.split("-")
    if not _LOCALE.fullmatch(tag) or language.lower() not in _languages():
        raise InvalidInput("Expected a BCP 47 locale such as en-IN.", field=field)
    return "-".join([language.lower(), *(_usual_case(part) for part in rest)])


def _usual_case(part: str) -> str:
    match len(part):
        case 4:
            return part.title()
        case 2:
            return part.upper()
        case _:
            return part.lower()


@cache
def _languages() -> frozenset[str]:
    return frozenset(identifier.split("_")[0] for identifier in locale_identifiers())


def country_code(text: str, *field: str) -> str:
    """Check an ISO 3166 country code of two letters, e.g. `in` -> `IN`."""
    code = text.strip().upper()
    if not re.fullmatch(r"[A-Z]{2}", code) or code not in _territories():
        raise InvalidInput("Expected a country code of ISO 3166 such as IN.", field=field)
    return code


@cache
def _territories() -> frozenset[str]:
    return frozenset(Locale("en").territories) - {"EU", "EZ", "UN", "XA", "XB", "QO", "ZZ"}


def date_of_birth(born: date, today: date, *field: str) -> date:
    """Check a date of birth: not after today, and not before 1900."""
    if not EARLIEST_BIRTH <= born <= today:
        raise InvalidInput("Expected a date of birth between 1900 and today.", field=field)
    return born


def _hidden(character: str) -> bool:
    # Joiners are invisible too, but Hindi is not written right without them.
    return unicodedata.category(character) in {"Cf", *_UNSEEN} and character not in _JOINERS
