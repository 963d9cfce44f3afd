"""Finding service items by what people type: Chinese, everyday words, pinyin, initials, code.

Reads the index of a release; must not import pypinyin and must not know pages. A query is split
at spaces, every part must be found, and the best hit of each part counts. Only when nothing is
found, letters that are nearly right ("dibaoo", "canjizheng" with a slip) are tried.
"""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from forms.definition import Bundle, ServiceItem
from forms.release import Catalogue

Entry = Mapping[str, Any]
Score = Callable[[str, Entry, str], int]

EXACT, PREFIX, INSIDE, ABOUT, LOOSE = 100, 80, 60, 30, 20
NEAR_MINIMUM = 4


def search(catalogue: Catalogue, query: str, limit: int = 10) -> list[ServiceItem]:
    """Return the items that fit `query`, best first, at most `limit`; none for a blank query.

    Case, full-width letters, punctuation and spaces between syllables do not matter.
    """
    return [catalogue.items[code] for code in _ranked(catalogue.index, query)[:limit]]


def search_bundles(catalogue: Catalogue, query: str, limit: int = 3) -> list[Bundle]:
    """Return the bundles that fit `query`, as `search` does items."""
    return [catalogue.bundles[code] for code in _ranked(catalogue.bundle_index, query)[:limit]]


def _ranked(index: Mapping[str, Entry], query: str) -> list[str]:
    parts = _parts(query)
    if not parts:
        return []
    for score in (_score, _near):
        ranked = sorted(
            (-total, code)
            for code, entry in index.items()
            if (total := _total(parts, code, entry, score))
        )
        if ranked:
            return [code for _, code in ranked]
    return []


def _parts(query: str) -> list[list[str]]:
    text = unicodedata.normalize("NFKC", query).lower()
    words = "".join(sign if sign.isalnum() or sign == "-" else " " for sign in text).split()
    joined = "".join(words)
    # "di bao" is one word typed with spaces; "医保 报销" are two words that must both be found.
    return [[joined], words] if len(words) > 1 else [words] if words else []


def _total(parts: list[list[str]], code: str, entry: Entry, score: Score) -> int:
    best = 0
    for words in parts:
        scores = [score(code, entry, word) for word in words]
        if all(scores):
            best = max(best, sum(scores) // len(scores))
    return best


def _score(code: str, entry: Entry, word: str) -> int:
    if word.replace("-", "") == code.replace("-", "").lower():
        return EXACT + 10
    if word.isascii():
        return max(
            _best(entry["pinyin"], word),
            _best(entry["initials"], word) - 5,
            _english(entry["english"], word),
            ABOUT if len(word) > 2 and code.lower().startswith(word) else 0,
        )
    named = max(_best((entry["name"],), word), _best(entry["words"], word))
    return named or max(
        ABOUT if any(word in about for about in entry["about"]) else 0,
        LOOSE if len(word) > 2 and _in_order(word, entry["name"]) else 0,
    )


def _best(forms: Sequence[str], word: str) -> int:
    best = 0
    for form in forms:
        if word == form:
            return EXACT
        if word in form:
            best = max(best, PREFIX if form.startswith(word) else INSIDE if len(word) > 1 else 0)
    return best


def _english(texts: Sequence[str], word: str) -> int:
    if len(word) < 3:
        return 0
    whole = max((INSIDE + 10 for text in texts if word in text.split()), default=0)
    return whole or max((INSIDE - 10 for text in texts if word in text), default=0)


def _in_order(word: str, name: str) -> bool:
    """Say whether the signs of `word` stand in `name` in this order, with others between."""
    place = -1
    for sign in word:
        place = name.find(sign, place + 1)
        if place < 0:
            return False
    return True


def _near(code: str, entry: Entry, word: str) -> int:
    if len(word) < NEAR_MINIMUM or not word.isascii():
        return 0
    return LOOSE if any(_one_slip(word, form) for form in entry["pinyin"]) else 0


def _one_slip(word: str, form: str) -> bool:
    """Say whether one letter more, less, other or swapped makes `word` a beginning of `form`."""
    for start, (typed, meant) in enumerate(zip(word, form, strict=False)):
        if typed != meant:
            rest, whole = word[start:], form[start:]
            return any(
                whole.startswith(tried)
                for tried in (
                    rest[1:],
                    whole[0] + rest,
                    whole[0] + rest[1:],
                    rest[1:2] + rest[:1] + rest[2:],
                )
                if tried
            )
    return len(word) == len(form) + 1
