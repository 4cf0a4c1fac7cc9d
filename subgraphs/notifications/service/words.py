"""The words of a message: one catalogue a language, one layout for text and one for HTML, both by Jinja2.

A catalogue gives each kind its subject, its lines and the label of its button. The same lines fill both layouts, so the
two can never say different things. Times are told in the recipient's zone, and name it.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from babel import Locale, negotiate_locale
from babel.core import get_global
from babel.dates import format_datetime, get_timezone_name
from babel.numbers import format_currency
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from shared.money import Money
from subgraphs.notifications.documents import Kind
from subgraphs.notifications.service.facts import Person

TEMPLATES = Path(__file__).parent.parent / "templates"
LANGUAGES = ("en", "hi", "es")
TOLD = {"en": "EEEE d MMMM y, HH:mm", "hi": "EEEE d MMMM y, HH:mm", "es": "EEEE d 'de' MMMM 'de' y, HH:mm"}

_lines = Environment(undefined=StrictUndefined, autoescape=False)  # noqa: S701  Plain text; the HTML layout escapes it.
_layouts = Environment(loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, autoescape=True, trim_blocks=True)


@dataclass(frozen=True, slots=True)
class Words:
    """A rendered message."""

    subject: str
    text: str
    html: str


def language_of(locale: str) -> str:
    """Answer the best language that we have for a BCP 47 locale."""
    return negotiate_locale([locale.replace("-", "_"), locale.partition("-")[0]], LANGUAGES) or "en"


def told_time(instant: datetime, person: Person) -> str:
    """Tell an instant on the person's clock, naming the zone, e.g. `Monday 23 November 2026, 09:30 (India …)`."""
    language, zone = language_of(person.locale), ZoneInfo(person.time_zone)
    local = instant.astimezone(zone)
    name = _zone_name(local, zone, language)
    return f"{format_datetime(local, TOLD[language], tzinfo=zone, locale=language)} ({name}, {person.time_zone})"


def _zone_name(local: datetime, zone: ZoneInfo, language: str) -> str:
    # Babel files names under a zone's older identifier where it has one (Asia/Calcutta), and looks for the newer.
    older = _older_identifiers().get(zone.key)
    if older is not None:
        names = Locale(language).meta_zones.get(get_global("meta_zones")[older], {}).get("long", {})
        name = names.get("daylight" if local.dst() else "standard")
        if name is not None:
            return str(name)
    return get_timezone_name(local, locale=language)


@cache
def _older_identifiers() -> dict[str, str]:
    named = get_global("meta_zones")
    return {new: old for old, new in get_global("zone_aliases").items() if old in named and new not in named}


def told_money(money: Money, person: Person) -> str:
    """Tell an amount as the person's language writes it."""
    return format_currency(money.amount, money.currency, locale=language_of(person.locale))


def render(kind: Kind, person: Person, link: str | None, values: dict[str, Any]) -> Words:
    """Put a message into words, in the person's language; a value that the words need and lack is an error."""
    language = language_of(person.locale)
    catalogue = _catalogue(language)
    entry = catalogue[kind.value]
    values = {"name": person.name, **values}
    lines = [line for line in (_say(text, values) for text in entry["lines"]) if line]
    filled = {
        "language": language,
        "direction": Locale(language).text_direction,
        "subject": _say(entry["subject"], values),
        "greeting": _say(catalogue["greeting"], values) if person.name else catalogue["nameless_greeting"],
        "lines": lines,
        "link": link,
        "label": _say(entry["action"], values) if link else None,
        "sign_off": catalogue["sign_off"],
    }
    return Words(
        subject=str(filled["subject"]),
        text=_layouts.get_template("layout.txt").render(filled),
        html=_layouts.get_template("layout.html").render(filled),
    )


def _say(text: str, values: dict[str, Any]) -> str:
    return _lines.from_string(text).render(values).strip()


@cache
def _catalogue(language: str) -> dict[str, Any]:
    catalogue: dict[str, Any] = yaml.safe_load((TEMPLATES / f"{language}.yaml").read_text(encoding="utf-8"))
    return catalogue
