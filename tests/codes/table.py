"""How many pictures of the generated set each way of reading reads, and how many it reads wrong.

The ways are those of the product, step by step, and pyzbar as it comes, for comparison. Runs the
readers in this process: what is counted is what they see, not how they are kept. Neighbours:
`making` draws, `kiosk.materials.codes` reads.
"""

import io
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from PIL import Image
from pyzbar import pyzbar

from kiosk.materials import codes
from tests.codes.making import Sample

JPEG_QUALITY = 80
"""That of a camera's frame on its way to the server."""

Way = Callable[[Image.Image], list[str]]


def _as_it_comes(grey: Image.Image) -> list[str]:
    found = pyzbar.decode(grey, symbols=[pyzbar.ZBarSymbol.QRCODE])
    return [symbol.data.decode("utf-8", errors="replace") for symbol in found]


def _first(steps: Iterable[codes.Step]) -> Way:
    chain = tuple(steps)

    def read(grey: Image.Image) -> list[str]:
        for step in chain:
            if found := codes.look(step, grey):
                return [symbol.text for symbol in found]
        return []

    return read


def _with_zbar_alone(step: codes.Step) -> codes.Step:
    return codes.Step(step.name, step.prepare, (codes.by_zbar,))


WAYS: Mapping[str, Way] = {
    "pyzbar as it comes": _as_it_comes,
    "pyzbar, binary and inverted": _first([_with_zbar_alone(codes.STEPS[0])]),
    "pyzbar, all steps": _first(map(_with_zbar_alone, codes.STEPS)),
    "pyzbar and zxing-cpp, as it is": _first(codes.STEPS[:1]),
    **{
        f"… and {step.name}": _first(codes.STEPS[: number + 1])
        for number, step in enumerate(codes.STEPS)
        if number
    },
}
"""The last of them is the product."""


@dataclass(slots=True)
class Count:
    """What one way made of the set. `read`: all codes of a picture, and no other text."""

    read: Counter[str] = field(default_factory=Counter)
    wrong: int = 0
    milliseconds: float = 0.0


def count(
    samples: Iterable[Sample], ways: Mapping[str, Way] = WAYS
) -> tuple[Counter[str], dict[str, Count]]:
    """Return how many pictures each family has, and what each way made of them."""
    families: Counter[str] = Counter()
    counts = {name: Count() for name in ways}
    for sample in samples:
        families[sample.family] += 1
        grey = as_received(sample.picture)
        for name, way in ways.items():
            begun = time.perf_counter()
            texts = set(way(grey))
            counts[name].milliseconds += (time.perf_counter() - begun) * 1000
            counts[name].read[sample.family] += texts == set(sample.texts)
            counts[name].wrong += bool(texts - set(sample.texts))
    return families, counts


def frame(picture: Image.Image) -> bytes:
    """The picture as a browser sends it."""
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=JPEG_QUALITY)
    return file.getvalue()


def as_received(picture: Image.Image) -> Image.Image:
    """The picture as the server has it, after the journey as JPEG."""
    return Image.open(io.BytesIO(frame(picture))).convert("L")
