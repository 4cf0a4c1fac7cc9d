"""Text search in MongoDB by the beginnings of words: every word asked for must begin a word of the document.

Words are kept in an indexed array, folded in case and in Latin accents. MongoDB's own text index knows neither
prefixes nor most languages of India, allows one an index set, and cannot be combined with an order.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

MOST_TERMS = 10
MOST_WORDS = 400
LONGEST_WORD = 40
_LATIN_ACCENTS = range(0x300, 0x370)


def words_of(texts: Iterable[str | None]) -> list[str]:
    """Answer the folded words of texts, each once, to be kept."""
    found = dict.fromkeys(word for text in texts if text for word in _words(text))
    return list(found)[:MOST_WORDS]


def fold(text: str) -> str:
    """Fold case and Latin accents, and join white space: `  São Paulo ` -> `sao paulo`."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(character for character in decomposed if ord(character) not in _LATIN_ACCENTS)
    return " ".join(unicodedata.normalize("NFC", bare).split())


def words_filter(text: str, field: str = "words") -> dict[str, Any]:
    """Answer the filter of documents that have a word beginning with each word of `text`; no words, no documents."""
    terms = list(dict.fromkeys(_words(text)))[:MOST_TERMS]
    if not terms:
        return {field: {"$in": []}}
    return {"$and": [{field: {"$regex": f"^{re.escape(term)}"}} for term in terms]}


def _words(text: str) -> Iterator[str]:
    word = ""
    for character in [*fold(text), " "]:
        # Vowel signs are marks: they belong to the word.
        if unicodedata.category(character)[0] in "LMN":
            word += character
        elif word:
            yield word[:LONGEST_WORD]
            word = ""
