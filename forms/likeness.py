"""When two words are nearly the same: one slip of the finger, or signs that sound alike.

The same here and in `static/js/forms/likeness.js`. Must not know items or scores. Neighbours:
`search` asks it; `pinyin` makes the groups of signs when a catalogue is made.
"""

_FOLDS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"))


def folded(pinyin: str) -> str:
    """Return pinyin without what many speakers do not keep apart: zh/z, ch/c, sh/s, ng/n."""
    for long, short in _FOLDS:
        pinyin = pinyin.replace(long, short)
    return pinyin


def may_hold(text: str, word: str) -> bool:
    """Say quickly whether `text` may hold `word` with one slip: a half of it must be there.

    Two letters that changed places in the middle break both halves, so they are put back.
    """
    middle = len(word) // 2
    return (
        word[:middle] in text
        or word[middle:] in text
        or word[: middle - 1] + word[middle] + word[middle - 1] + word[middle + 1 :] in text
    )


def place_of_near(word: str, form: str) -> int | None:
    """Return where `word` with one letter more, less, other or swapped begins in `form`, or None.

    0 is the beginning; any other number is somewhere inside.
    """
    if _begins(form, word):
        return 0
    middle = len(word) // 2
    swapped = word[: middle - 1] + word[middle] + word[middle - 1] + word[middle + 1 :]
    first, second = word[:middle], word[middle:]
    at = form.find(first)
    if (at >= 0 and _begins(form[at + middle :], second)) or swapped in form:
        return 1
    at = form.find(second)
    return 1 if at >= 0 and _begins(form[:at][::-1], first[::-1]) else None


def _begins(whole: str, word: str) -> bool:
    """Say whether `whole` begins with `word`, or does so after one slip in `word` is mended."""
    same = 0
    while same < len(word) and same < len(whole) and word[same] == whole[same]:
        same += 1
    typed, meant = word[same:], whole[same:]
    if not typed:
        return True
    if not meant:
        return len(typed) == 1
    return any(
        meant.startswith(tried)
        for tried in (
            typed[1:],
            meant[0] + typed,
            meant[0] + typed[1:],
            typed[1:2] + typed[:1] + typed[2:],
        )
    )
