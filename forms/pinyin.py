"""Chinese names as people type them: whole pinyin and initials.

Imported only when a catalogue is made, never on a terminal: pypinyin takes tens of megabytes.
Must not know items. Neighbours: `indexing` is its only user.
"""

from pypinyin import lazy_pinyin


def pinyin_of(text: str) -> str:
    """Return the pinyin of the Chinese in `text` without tones or spaces ("低保" → "dibao")."""
    return "".join(_syllables(text))


def initials_of(text: str) -> str:
    """Return the first letters of the pinyin ("医疗保险" → "ylbx")."""
    return "".join(syllable[:1] for syllable in _syllables(text))


def _syllables(text: str) -> list[str]:
    chinese_and_plain = "".join(sign for sign in text if sign.isalnum())
    return [syllable.lower() for syllable in lazy_pinyin(chinese_and_plain)]
