"""Is a picture of a document good enough to read: sharp, without glare, light, whole, large?

Holds the measures and their limits, with Pillow alone: whole-picture operations in C, no number is
looked at one by one. Runs in the picture child, after the picture has been read. What it finds is
advice, never a refusal. The same measures are taken in the browser before anything is sent
(static/js/capture/quality.js): change both. Neighbours: `pixels` has the picture, `faults` the
words.
"""

from collections.abc import Callable, Iterator

from PIL import Image, ImageChops, ImageFilter, ImageStat

from kiosk.materials.faults import BLUR, CUT, DARK, GLARE, SMALL

FINE = 1600
"""Pixels of the longest edge at which sharpness is judged: print of 10 points is 10 pixels high."""
COARSE = 400
"""The same for light and glare: noise and letters are averaged away."""
TINY = 160
"""The same for where the paper ends."""

LEAST_SHORT_EDGE = 600
"""Pixels. An identity card that fills such a picture can just be read."""
LEAST_PAPER = 0.18
"""Share of the picture that the paper's box takes."""
SHARP = 0.58
"""Of a contrast within 9 pixels, how much lies within 3; an ideal edge has 1."""
_LEAST_EDGES = 0.003
_LEAST_STRUCTURE = 0.02
_CONTRAST = 0.28
"""Of the paper's tone: less is noise or a shadow and no print."""
DARKEST_PAPER = 100
_WHITE = 250
_LEAST_GLARE = 0.004
_MOST_GLARE = 0.45
"""More white than this is paper that was scanned, not light thrown back."""
_TOUCH = 0.25
"""Share of a side along which paper lies that goes on beyond it."""
_LEAST_STEP = 45
"""Between paper and table, in grey levels."""

Axis = tuple[int, int]
ROWS, COLUMNS = (1, 0), (0, 1)
Pick = Callable[[Image.Image, Image.Image], Image.Image]


def look(image: Image.Image, *, edited: bool = False) -> frozenset[str]:
    """Return the faults of an upright picture, of `faults.ALL`; none is the best that can be said.

    Where the paper ends is not judged in a picture that a person has cut (`edited`).
    """
    fine = _at_most(image.convert("L"), FINE)
    coarse = _at_most(fine, COARSE)
    paper = _percentile(coarse, 0.95)
    found = set()
    if min(image.size) < LEAST_SHORT_EDGE and not edited:
        found.add(SMALL)
    if paper < DARKEST_PAPER:
        found.add(DARK)
    if _has_glare(coarse):
        found.add(GLARE)
    if _is_blurred(fine, coarse, paper):
        found.add(BLUR)
    return frozenset(found if edited else found | _misplaced(coarse))


def _at_most(image: Image.Image, edge: int) -> Image.Image:
    image = image.copy()
    image.thumbnail((edge, edge), Image.Resampling.BOX)
    return image


def _percentile(image: Image.Image, share: float) -> int:
    """The grey level that this share of the pixels does not exceed."""
    left = share * image.width * image.height
    for level, count in enumerate(image.histogram()):
        left -= count
        if left <= 0:
            return level
    return 255


def _is_blurred(fine: Image.Image, coarse: Image.Image, paper: int) -> bool:
    """Are edges flat, along rows or along columns? A hand that moves blurs one of both.

    Where none is steep enough to be an edge, is there anything at all?
    """
    least = max(20, int(_CONTRAST * paper))
    ratios = [ratio for axis in (ROWS, COLUMNS) if (ratio := _steepness(fine, axis, least))]
    if ratios:
        return min(ratios) < SHARP
    structure = ImageChops.lighter(_range(coarse, 9, ROWS), _range(coarse, 9, COLUMNS))
    return _share(structure.point(lambda level: 255 * (level >= least))) > _LEAST_STRUCTURE


def _steepness(fine: Image.Image, axis: Axis, least: int) -> float:
    """Of the contrast within 9 pixels of a line, how much lies within 3; 0 without any contrast."""
    contrast = _range(fine, 9, axis)
    edges = contrast.point(lambda level: 255 * (level >= least))
    if _share(edges) < _LEAST_EDGES:
        return 0.0
    steepest = _window(_range(fine, 3, axis), ImageChops.lighter, 7, axis)
    return _mean(steepest, edges) / _mean(contrast, edges)


def _range(image: Image.Image, width: int, axis: Axis) -> Image.Image:
    """Brightest less darkest of so many pixels of a line around each."""
    return ImageChops.subtract(
        _window(image, ImageChops.lighter, width, axis),
        _window(image, ImageChops.darker, width, axis),
    )


def _window(image: Image.Image, pick: Pick, width: int, axis: Axis) -> Image.Image:
    """The pick of so many pixels of a line around each, in doublings.

    At the border it looks around the corner to the other side, a few pixels that count little.
    """
    right, down = axis
    reach = 1
    while reach < width:
        step = min(reach, width - reach)
        image = pick(image, ImageChops.offset(image, right * step, down * step))
        reach += step
    back = width // 2
    return ImageChops.offset(image, -right * back, -down * back)


def _has_glare(coarse: Image.Image) -> bool:
    """Light thrown back is white without any grain, in a spot, on paper that is less white."""
    white = coarse.point(lambda level: 255 * (level >= _WHITE))
    # Spots are a part of what is white: mostly there is too little to look for them.
    if not _LEAST_GLARE <= _share(white) <= _MOST_GLARE:
        return False
    spots = white.filter(ImageFilter.MinFilter(5)).filter(ImageFilter.MinFilter(3))
    return _share(spots) >= _LEAST_GLARE


def _misplaced(coarse: Image.Image) -> set[str]:
    """Does the paper go on beyond a side, or take too little room? Told by paper and table."""
    tiny = _at_most(coarse, TINY).filter(ImageFilter.MedianFilter(3))
    limit = _between(tiny)
    if limit is None:
        return set()
    mask = tiny.point(lambda level: 255 * (level > limit))
    # Lines of print are part of the paper.
    paper = mask.filter(ImageFilter.MaxFilter(5)).filter(ImageFilter.MinFilter(5))
    touched = sum(share >= _TOUCH for share in _sides(paper))
    if 0 < touched < 4:
        return {CUT}
    box = paper.filter(ImageFilter.MinFilter(3)).getbbox()
    if touched == 0 and box is not None:
        left, top, right, bottom = box
        if (right - left) * (bottom - top) < LEAST_PAPER * tiny.width * tiny.height:
            return {SMALL}
    return set()


def _sides(mask: Image.Image) -> Iterator[float]:
    """For each side, the share of the outermost lines that is paper."""
    width, height = mask.size
    for box in (
        (0, 0, width, 2),
        (0, height - 2, width, height),
        (0, 0, 2, height),
        (width - 2, 0, width, height),
    ):
        yield _share(mask.crop(box))


def _between(image: Image.Image) -> int | None:
    """The level that parts paper from table (Otsu's method), None where there is only one."""
    counts = image.histogram()
    whole, sum_of_all = sum(counts), sum(level * count for level, count in enumerate(counts))
    below, sum_below, best, limit, step = 0, 0, 0.0, None, 0.0
    for level, count in enumerate(counts):
        below, sum_below = below + count, sum_below + level * count
        if not 0.05 * whole <= below <= 0.95 * whole:
            continue
        means = (sum_below / below, (sum_of_all - sum_below) / (whole - below))
        variance = below * (whole - below) * (means[1] - means[0]) ** 2
        if variance > best:
            best, limit, step = variance, level, means[1] - means[0]
    return limit if step >= _LEAST_STEP else None


def _share(mask: Image.Image) -> float:
    return float(ImageStat.Stat(mask).mean[0]) / 255


def _mean(image: Image.Image, mask: Image.Image) -> float:
    return float(ImageStat.Stat(image, mask).mean[0])
