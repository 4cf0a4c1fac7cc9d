"""Words are found by their beginnings, in any script, whatever their case and accents."""

import pytest

from shared.stores.mongo import MongoStore
from shared.stores.words import MOST_WORDS, fold, words_filter, words_of

TEXT = ["Dr. Zoë Müller", None, "हृदय रोग विशेषज्ञ", "MBBS, M.D. (Cardiology)"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("zoe", True),
        ("MUL", True),
        ("müll cardio", True),
        ("हृद", True),
        ("हृदय विशे", True),
        ("रोगी", False),
        ("ller", False),
        ("zoe dentist", False),
        ("m.d.", True),
        (".*", False),
        ("mul(", True),
    ],
)
async def test_every_word_asked_for_begins_a_word(mongo_store: MongoStore, asked: str, found: bool) -> None:
    texts = mongo_store.database["texts"]
    await texts.insert_one({"words": words_of(TEXT)})

    assert (await texts.count_documents(words_filter(asked)) == 1) is found


def test_words_are_kept_once_and_not_without_end() -> None:
    assert words_of(["Rao rao RAO"]) == ["rao"]
    assert len(words_of([" ".join(f"w{number}" for number in range(2 * MOST_WORDS))])) == MOST_WORDS


def test_folding_joins_white_space_and_keeps_vowel_signs() -> None:
    assert fold("  São\t PAULO ") == "sao paulo"
    assert fold("दिल्ली") == "दिल्ली"
