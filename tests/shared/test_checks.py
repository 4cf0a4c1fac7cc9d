"""What people fill in, in its normal form or refused by name."""

from collections.abc import Callable
from datetime import date

import pytest

from shared import checks
from shared.checks import InvalidInput


@pytest.mark.parametrize(
    ("check", "text", "normal"),
    [
        (checks.line, "  Asha  ", "Asha"),
        (checks.line, "e\u0301", "é"),
        (checks.line, "क्\u200dष", "क्\u200dष"),
        (checks.name, "O'Brien", "O'Brien"),
        (checks.name, "明", "明"),
        (checks.phone, "+91 (987) 654-32.10", "+919876543210"),
        (checks.phone, "9876543210", "9876543210"),
        (checks.time_zone, " Asia/Kolkata ", "Asia/Kolkata"),
        (checks.time_zone, "UTC", "UTC"),
        (checks.locale, "EN", "en"),
        (checks.locale, "es-419", "es-419"),
        (checks.locale, "sr-latn-rs", "sr-Latn-RS"),
        (checks.locale, "hi_IN", "hi-IN"),
        (checks.country_code, " in ", "IN"),
    ],
)
def test_a_value_is_answered_in_its_normal_form(check: Callable[..., str], text: str, normal: str) -> None:
    assert check(text, "field") == normal


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (checks.line, ""),
        (checks.line, "\u2003"),
        (checks.line, "a\nb"),
        (checks.line, "a\x00b"),
        (checks.line, "\u202egnp.exe"),
        (checks.line, "a" * 101),
        (checks.name, "-"),
        (checks.phone, "123456"),
        (checks.phone, "0123456789"),
        (checks.phone, "+1234567890123456"),
        (checks.phone, "+91987654321x"),
        (checks.time_zone, "asia/kolkata "),
        (checks.time_zone, "localtime"),
        (checks.time_zone, "posix/UTC"),
        (checks.time_zone, "/etc/localtime"),
        (checks.locale, "qq"),
        (checks.locale, "en-"),
        (checks.locale, "en US"),
        (checks.country_code, "IND"),
        (checks.country_code, "ZZ"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_name(check: Callable[..., str], text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check(text, "address", "field")

    assert (refused.value.code, refused.value.field) == ("INVALID_INPUT", ["address", "field"])


def test_lines_are_kept_in_order_and_each_once_whatever_its_case() -> None:
    assert checks.lines([" English ", "Hindi", "english"], "languages") == ["English", "Hindi"]


@pytest.mark.parametrize("items", [[], ["a", ""], [str(number) for number in range(21)]])
def test_no_lines_blank_ones_and_too_many_are_refused(items: list[str]) -> None:
    with pytest.raises(InvalidInput):
        checks.lines(items, "languages")


def test_a_paragraph_may_have_lines_and_may_be_left_out() -> None:
    assert checks.paragraph(" one\r\ntwo ", "bio", limit=10) == "one\ntwo"
    assert checks.paragraph("  ", "bio", limit=10) is None
    assert checks.paragraph(None, "bio", limit=10) is None
    with pytest.raises(InvalidInput):
        checks.paragraph("a" * 11, "bio", limit=10)


def test_what_comes_along_when_text_is_copied_may_stay_in_a_paragraph() -> None:
    copied = "Herz\u00adklopfen, \u200fGuten Tag\u200e, \ufeff\u200bहिन्\u200dदी 🏴\U000e0067\U000e007f\tseit gestern"
    assert checks.paragraph(copied, "bio", limit=100) == copied


@pytest.mark.parametrize("bad", ["\x00", "\x1b", "\x7f", "\x9b", "\u2028", "\u202e", "\u2066"])
def test_what_controls_or_turns_a_paragraph_is_refused(bad: str) -> None:
    with pytest.raises(InvalidInput):
        checks.paragraph(f"one{bad}two", "bio", limit=100)


@pytest.mark.parametrize(
    ("born", "taken"), [("1899-12-31", False), ("1900-01-01", True), ("2026-11-23", True), ("2026-11-24", False)]
)
def test_one_is_born_between_1900_and_today(born: str, taken: bool) -> None:
    today = date(2026, 11, 23)
    try:
        checks.date_of_birth(date.fromisoformat(born), today, "dateOfBirth")
    except InvalidInput:
        assert not taken
    else:
        assert taken
