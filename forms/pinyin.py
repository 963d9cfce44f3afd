"""Chinese names as people type them: whole pinyin and initials; and which signs sound alike.

Imported only when a catalogue is made, never on a terminal: pypinyin takes tens of megabytes.
Must not know items. Neighbours: `indexing` is its only user; `likeness` folds sounds.
"""

from collections.abc import Iterable

from pypinyin import lazy_pinyin

from forms.likeness import folded


def pinyin_of(text: str) -> str:
    """Return the pinyin of the Chinese in `text` without tones or spaces ("低保" → "dibao")."""
    return "".join(_syllables(text))


def initials_of(text: str) -> str:
    """Return the first letters of the pinyin ("医疗保险" → "ylbx")."""
    return "".join(syllable[:1] for syllable in _syllables(text))


def sounding_alike(texts: Iterable[str]) -> list[str]:
    """Return groups of signs that sound alike, for every sound in `texts`, each as one text.

    The signs are those of `texts` and the 3,755 commonest (GB/T 2312, level 1). Tones do not
    count, nor what many speakers do not keep apart: zh and z, ch and c, sh and s, ng and n.
    """
    used = {sign for text in texts for sign in text if sign > "\u3000" and sign.isalpha()}
    groups: dict[str, list[str]] = {}
    for sign in sorted(used | set(_common_signs())):
        groups.setdefault(folded(lazy_pinyin(sign)[0]), []).append(sign)
    # A group of one sign says nothing.
    wanted = (group for group in groups.values() if len(group) > 1 and used & set(group))
    return sorted("".join(group) for group in wanted)


def _common_signs() -> str:
    # Rows 16 to 55; the last five places of row 55 are empty.
    rows = range(0xB0, 0xD8)
    codes = (bytes((row, place)) for row in rows for place in range(0xA1, 0xFF))
    return "".join(code.decode("gb2312", "ignore") for code in codes)


def _syllables(text: str) -> list[str]:
    chinese_and_plain = "".join(sign for sign in text if sign.isalnum())
    return [syllable.lower() for syllable in lazy_pinyin(chinese_and_plain)]
