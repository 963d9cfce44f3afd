"""What may be wrong with a picture of a document, and the words a person reads about it.

Advice, never a refusal: each has a name, a reason and what to do. Knows no pixels. Neighbours:
`quality` finds them, `refusals` has what really is refused.
"""

from forms.definition import Text

BLUR, GLARE, DARK, CUT, SMALL = "blur", "glare", "dark", "cut", "small"
ALL = (BLUR, GLARE, DARK, CUT, SMALL)
"""In the order in which they are told; also the order of the bits on the wire."""

NAMES = {
    BLUR: Text("不清晰", "Blurred"),
    GLARE: Text("有反光", "Glare"),
    DARK: Text("太暗", "Too dark"),
    CUT: Text("没拍全", "Cut off"),
    SMALL: Text("太小", "Too small"),
}
ADVICE = {
    BLUR: Text(
        "字迹有些糊。请放平、拿稳，对焦后再拍。",
        "The print is blurred. Lay it flat, hold still and let the camera focus.",
    ),
    GLARE: Text(
        "有一块反光，那里的字看不见。请换个角度，避开灯光。",
        "Light is thrown back and hides the print. Turn it a little, away from the lamp.",
    ),
    DARK: Text(
        "光线太暗。请到亮处，不要挡住灯光。",
        "It is too dark. Go where there is light and do not stand in it.",
    ),
    CUT: Text(
        "有一边在画面外。请退后一点，把四个角都拍进去。",
        "One side lies outside. Go back a little so that all four corners are seen.",
    ),
    SMALL: Text(
        "证件在画面里太小。请靠近一些，让它占满画面。",
        "The paper is too small in the picture. Come closer so that it fills it.",
    ),
}


def to_bits(found: frozenset[str]) -> int:
    """Return the faults as one number, as they travel from the picture child."""
    return sum(1 << place for place, fault in enumerate(ALL) if fault in found)


def from_bits(bits: int) -> tuple[str, ...]:
    """Return the faults of a number, in the order they are told."""
    return tuple(fault for place, fault in enumerate(ALL) if bits >> place & 1)
