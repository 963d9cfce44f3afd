"""Opening a picture from outside and building it anew from its pixels. Runs in the child only.

The only reader of picture files. What leaves here was encoded here: EXIF, GPS, comments, colour
profiles and anything hung behind the picture's end stay behind. Neighbours: `child`, `codes`,
`quality` and `corners`.
"""

import io
import math
import struct
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import Image, ImageOps, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from kiosk.materials import corners, quality, wire

LONGEST_EDGE = 2400
"""Pixels of a rebuilt picture: an A4 page at about 200 dpi, so small print stays legible."""
MAX_BYTES = 400_000
"""Size of a rebuilt picture."""

MOST_PIXELS = 50_000_000
"""Of a picture that comes in, whatever its type."""
MOST_MEMORY = 190_000_000
"""Bytes that reading one picture may take, foretold from its header."""

# Measured bytes of memory per pixel. A JPEG is reduced while it is read. A transparent PNG is
# copied to be laid on paper, and WebP's reader keeps frames of its own.
_PNG_COST = {"1": 2.5, "L": 1.5, "I;16": 4.0, "RGB": 5.0, "P": 7.5}
# Of a progressive JPEG all coefficients stand in memory until its last scan.
_PROGRESSIVE_COST = 7.0
_COST = {"JPEG": 2.5, "MPO": 2.5, "PNG": 13.5, "WEBP": 15.5}
_FORMATS = (
    JpegImagePlugin.JpegImageFile.format,
    PngImagePlugin.PngImageFile.format,
    WebPImagePlugin.WebPImageFile.format,
)
_QUALITIES = (85, 75, 65, 55, 45)
_SHRINK = 0.8
# A picture that is so many times too large at the best quality is so at the worst too: noise took
# dozens of attempts.
_HOPELESS = 5
_PAPER = "white"
# So many blocks of memory are kept while one picture is looked at: about 6 MB each at most.
_BLOCKS = 6
_QUARTERS = {
    # Pillow turns to the left.
    1: Image.Transpose.ROTATE_270,
    2: Image.Transpose.ROTATE_180,
    3: Image.Transpose.ROTATE_90,
}

Image.MAX_IMAGE_PIXELS = MOST_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)


class Undecodable(Exception):
    """The bytes are no whole picture of an allowed type."""


class TooManyPixels(Exception):
    """The picture would need more memory than a picture may."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A JPEG made here, with its size in pixels and what `quality` finds wrong with it."""

    jpeg: bytes
    width: int
    height: int
    faults: frozenset[str]


def grey(data: bytes, longest_edge: int) -> Image.Image:
    """The picture in mode "L", shrunk to this many pixels. Raises Undecodable and TooManyPixels."""
    try:
        return _shrunk(_opened(data, "L", longest_edge), longest_edge).convert("L")
    except _DAMAGE as error:
        raise _refusal(error) from error


def rebuild(data: bytes) -> Rebuilt:
    """The picture as a new JPEG: upright, longest edge at most 2400 pixels, at most 400 kB.

    Raises Undecodable and TooManyPixels.
    """
    image = _upright(data)
    with _memory_kept():
        return _encoded(image, quality.look(image))


def edit(data: bytes, turns: int, kept: Sequence[int]) -> Rebuilt:
    """The picture turned by quarters to the right, then cut along four corners and made straight.

    `kept` are the corners, as in `wire.TURNS`; ones that no paper has are ignored, since whoever
    asks has looked at them. Raises Undecodable and TooManyPixels.
    """
    image = _upright(data)
    if turns % 4:
        image = image.transpose(_QUARTERS[turns % 4])
    is_cut = tuple(kept) != wire.WHOLE and corners.are_corners(kept)
    if is_cut:
        points = corners.points_of(kept, *image.size)
        size = corners.size_of(points)
        numbers = corners.perspective(points, *size)
        image = image.transform(
            size, Image.Transform.PERSPECTIVE, numbers, Image.Resampling.BICUBIC
        )
    with _memory_kept():
        return _encoded(image, quality.look(image, edited=is_cut))


@contextmanager
def _memory_kept() -> Iterator[None]:
    """Let Pillow use a few blocks of memory again instead of asking the kernel for each image.

    A look makes some forty images of a few MB at most, and to map and clear each took longer than
    the looking. At the end all of it goes back.
    """
    Image.core.set_blocks_max(_BLOCKS)  # type: ignore[attr-defined]
    try:
        yield
    finally:
        Image.core.set_blocks_max(0)  # type: ignore[attr-defined]


def _upright(data: bytes) -> Image.Image:
    try:
        opened = _opened(data, "RGB", LONGEST_EDGE)
        image = ImageOps.exif_transpose(_shrunk(opened, LONGEST_EDGE)).convert("RGB")
    except _DAMAGE as error:
        raise _refusal(error) from error
    image.info.clear()
    return image


_DAMAGE = (
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
    MemoryError,
    # What Pillow's readers raise for broken files.
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    EOFError,
    struct.error,
)
_OVERSIZE = (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError)


def _refusal(error: Exception) -> Exception:
    return TooManyPixels() if isinstance(error, _OVERSIZE) else Undecodable()


def _opened(data: bytes, mode: str, longest_edge: int) -> Image.Image:
    """The picture, whose header only has been read, set to be reduced while its pixels are read."""
    image = Image.open(io.BytesIO(data), formats=_FORMATS)
    if image.width * image.height * _cost(image) > MOST_MEMORY:
        raise Image.DecompressionBombError
    image.draft(mode, (longest_edge, longest_edge))
    return image


def _cost(image: Image.Image) -> float:
    if image.format == "PNG":
        return _PNG_COST.get(image.mode, _COST["PNG"])
    return _PROGRESSIVE_COST if "progressive" in image.info else _COST[str(image.format)]


def _shrunk(image: Image.Image, longest_edge: int) -> Image.Image:
    """Read, laid on white paper where it is transparent, and no longer than this."""
    image.load()
    if image.mode.startswith("I;16"):
        # Pillow would cut 16 bits off at 255 instead of scaling them.
        image = image.point(lambda value: value / 256).convert("L")
    elif image.mode == "1":
        image = image.convert("L")
    elif image.mode not in {"L", "RGB", "CMYK"}:
        image = _on_paper(image)
    image.thumbnail((longest_edge, longest_edge), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return image


def _on_paper(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    exif = image.getexif()
    layer = image.convert("RGBA")
    page = Image.new("RGB", layer.size, _PAPER)
    page.paste(layer, mask=layer.getchannel("A"))
    page.info["exif"] = exif.tobytes()
    return page


def _encoded(image: Image.Image, faults: frozenset[str]) -> Rebuilt:
    """The best quality that fits into the size; when none does, a smaller picture."""
    while True:
        for level in _QUALITIES:
            buffer = io.BytesIO()
            image.save(buffer, "JPEG", quality=level, optimize=True)
            if buffer.tell() <= MAX_BYTES:
                return Rebuilt(buffer.getvalue(), image.width, image.height, faults)
            if buffer.tell() > _HOPELESS * MAX_BYTES:
                break
        factor = min(_SHRINK, math.sqrt(_HOPELESS * MAX_BYTES / buffer.tell()))
        image = image.resize(
            (max(1, int(image.width * factor)), max(1, int(image.height * factor)))
        )
