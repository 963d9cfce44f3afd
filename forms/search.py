"""Finding service items by what people type: Chinese, everyday words, pinyin, initials, code.

Reads the index of a release; must not import pypinyin and must not know pages. A query is split
at spaces, every part must be found, and the best hit of each part counts. Only when nothing is
found, words that are nearly right are tried (a slip in pinyin or Chinese, 失业保险斤 for
失业保险金), and at last the words that stand inside a sentence (我想给老人办残疾证).
`static/js/forms/search.js` is the same for a browser and must give the same codes in the same
order. Neighbours: `likeness`; `indexing` makes the index.
"""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from sys import intern
from typing import Any
from weakref import WeakKeyDictionary

from forms.definition import Bundle, ServiceItem
from forms.likeness import folded, may_hold, place_of_near
from forms.release import Catalogue

EXACT, PREFIX, INSIDE, SOUND, ABOUT, NEAR, LOOSE = 100, 80, 60, 40, 30, 25, 20
# What an item is called weighs more than what people also say for it.
OFFICIAL = 15
NEAR_LETTERS, NEAR_SIGNS = 4, 3
LAST_SIGN = "\uffff"
TYPED = ("name", "words", "about", "english", "pinyin", "initials")


@dataclass(frozen=True, slots=True)
class _Entry:
    """One item as it is searched: its forms as typed, as spelt, and as they sound."""

    code: str
    name: str
    words: Sequence[str]
    about: Sequence[str]
    english: Sequence[str]
    pinyin: Sequence[str]
    initials: Sequence[str]
    spelt: tuple[str, ...]
    sounds: tuple[str, ...]
    all_spelt: str
    all_sounds: str


@dataclass(frozen=True, slots=True)
class _Index:
    entries: tuple[_Entry, ...]
    sounds: Mapping[int, str]


Score = Callable[[_Index, _Entry, str], int]
_PREPARED: WeakKeyDictionary[Catalogue, dict[bool, _Index]] = WeakKeyDictionary()


def search(catalogue: Catalogue, query: str, limit: int = 10) -> list[ServiceItem]:
    """Return the items that fit `query`, best first, at most `limit`; none for a blank query.

    Case, full-width letters, punctuation and spaces between syllables do not matter.
    """
    return [catalogue.items[code] for code in _ranked(_index_of(catalogue), query)[:limit]]


def search_bundles(catalogue: Catalogue, query: str, limit: int = 3) -> list[Bundle]:
    """Return the bundles that fit `query`, as `search` does items."""
    return [
        catalogue.bundles[code]
        for code in _ranked(_index_of(catalogue, bundles=True), query)[:limit]
    ]


def _ranked(index: _Index, query: str) -> list[str]:
    parts = _parts(query)
    if not parts:
        return []
    for score, asked in ((_score, parts), (_near, parts), (_mentioned, parts[:1])):
        ranked = sorted(
            (-total, entry.code)
            for entry in index.entries
            if (total := _total(index, asked, entry, score))
        )
        if ranked:
            return [code for _, code in ranked]
    return []


def _index_of(catalogue: Catalogue, bundles: bool = False) -> _Index:
    prepared = _PREPARED.setdefault(catalogue, {})
    if bundles not in prepared:
        # Signs that sound alike become the first of their group.
        sounds = {ord(sign): group[0] for group in catalogue.sounds for sign in group}
        written = catalogue.bundle_index if bundles else catalogue.index
        entries = (_entry(code, entry, sounds) for code, entry in written.items())
        prepared[bundles] = _Index(tuple(entries), sounds)
    return prepared[bundles]


def _entry(code: str, entry: Mapping[str, Any], sounds: Mapping[int, str]) -> _Entry:
    spelt = tuple(intern(folded(form)) for form in entry["pinyin"])
    heard = tuple(intern(form.translate(sounds)) for form in (entry["name"], *entry["words"]))
    forms = {name: entry[name] for name in TYPED}
    return _Entry(code, **forms, spelt=spelt, sounds=heard, **_joined(spelt, heard))


def _joined(spelt: Sequence[str], heard: Sequence[str]) -> dict[str, str]:
    return {"all_spelt": "\n".join(spelt), "all_sounds": "\n".join(heard)}


def _parts(query: str) -> list[list[str]]:
    text = unicodedata.normalize("NFKC", query).lower()
    kept = (sign if sign <= LAST_SIGN and (sign.isalnum() or sign == "-") else " " for sign in text)
    words = "".join(kept).split()
    joined = "".join(words)
    # "di bao" is one word typed with spaces; "医保 报销" are two words that must both be found.
    return [[joined], words] if len(words) > 1 else [words] if words else []


def _total(index: _Index, parts: list[list[str]], entry: _Entry, score: Score) -> int:
    best = 0
    for words in parts:
        total = 0
        for word in words:
            found = score(index, entry, word)
            if not found:
                break
            total += found
        else:
            best = max(best, total // len(words))
    return best


def _score(index: _Index, entry: _Entry, word: str) -> int:
    if word.replace("-", "") == entry.code.replace("-", "").lower():
        return EXACT + OFFICIAL + 10
    if word.isascii():
        return max(
            _best(entry.pinyin, word),
            _best(entry.initials, word) - 5,
            _english(entry.english, word),
            ABOUT if len(word) > 2 and entry.code.lower().startswith(word) else 0,
        )
    called = _best((entry.name,), word)
    named = max(called + OFFICIAL if called else 0, _best(entry.words, word))
    return named or max(
        ABOUT if any(word in about for about in entry.about) else 0,
        LOOSE if len(word) > 2 and _in_order(word, entry.name) else 0,
    )


def _best(forms: Sequence[str], word: str) -> int:
    """Return how well the best form fits; among equals, the more of it was typed the better."""
    best = 0
    for form in forms:
        if word in form:
            if word == form:
                return EXACT
            kind = PREFIX if form.startswith(word) else INSIDE if len(word) > 1 else 0
            best = max(best, kind and kind + 9 * len(word) // len(form))
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


def _near(index: _Index, entry: _Entry, word: str) -> int:
    """Score a word that is right, sounds right, or is right but for one slip."""
    if found := _score(index, entry, word):
        return found
    if word.isascii():
        heard, forms, text = folded(word), entry.spelt, entry.all_spelt
        to_hear = to_mend = NEAR_LETTERS
    else:
        heard, forms, text = word.translate(index.sounds), entry.sounds, entry.all_sounds
        to_hear, to_mend = NEAR_SIGNS - 1, NEAR_SIGNS
    if len(word) >= to_hear and heard in text:
        return SOUND + _best(forms, heard) // 10
    if len(heard) < to_mend or not may_hold(text, heard):
        return 0
    places = [(place_of_near(heard, form), abs(len(form) - len(heard))) for form in forms]
    scores = (NEAR - place - min(more, 9) for place, more in places if place is not None)
    return max(scores, default=0)


def _mentioned(index: _Index, entry: _Entry, sentence: str) -> int:
    """Score what stands inside a sentence: the longest word, then how many."""
    forms = [form for form in (entry.name, *entry.words, *entry.about) if form in sentence]
    longest = max((len(form) for form in forms), default=0)
    return 10 * longest + min(len(forms), 9) if longest > 1 else 0
