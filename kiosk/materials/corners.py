"""The four corners of a paper in its picture: plane geometry, no pixels.

Also imported by the web process, so that it must not bring Pillow along. Neighbours: `capture`
checks corners that come in, `pixels` makes a rectangle of what lies between them.
"""

from collections.abc import Sequence
from math import dist

PARTS = 10_000
"""Corners are told in this many parts of the picture's width and height."""
LEAST_SIDE = 0.05
"""Of the picture: less than this between two neighbouring corners is a slip of the finger."""

Point = tuple[float, float]


def are_corners(corners: Sequence[int]) -> bool:
    """Tell whether eight numbers are a paper's corners: inside, clockwise, no side too short."""
    if len(corners) != 8 or not all(0 <= part <= PARTS for part in corners):
        return False
    points = points_of(corners, 1, 1)
    sides = list(zip(points, [*points[1:], points[0]], strict=True))
    if any(dist(start, end) < LEAST_SIDE for start, end in sides):
        return False
    turns = [_cross(*sides[number], points[(number + 2) % 4]) for number in range(len(points))]
    return all(turn > 0 for turn in turns)


def points_of(corners: Sequence[int], width: int, height: int) -> list[Point]:
    """Return the corners in pixels of a picture of this size."""
    return [
        (corners[place] * width / PARTS, corners[place + 1] * height / PARTS)
        for place in range(0, 8, 2)
    ]


def _cross(start: Point, end: Point, beyond: Point) -> float:
    """More than 0 where the way from start over end to beyond turns clockwise on the screen."""
    return (end[0] - start[0]) * (beyond[1] - end[1]) - (end[1] - start[1]) * (beyond[0] - end[0])


def size_of(points: Sequence[Point]) -> tuple[int, int]:
    """Return width and height of the rectangle that the paper is in the picture, about."""
    upper_left, upper_right, lower_right, lower_left = points
    return (
        round(max(dist(upper_left, upper_right), dist(lower_left, lower_right))),
        round(max(dist(upper_left, lower_left), dist(upper_right, lower_right))),
    )


def perspective(points: Sequence[Point], width: int, height: int) -> tuple[float, ...]:
    """Return the eight numbers by which Pillow finds, for a place of the rectangle, its source.

    Source: Heckbert, Fundamentals of Texture Mapping (1989), 2.2.3, unit square to quadrilateral.
    """
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = points
    dx1, dy1, dx2, dy2 = x1 - x2, y1 - y2, x3 - x2, y3 - y2
    sum_x, sum_y = x0 - x1 + x2 - x3, y0 - y1 + y2 - y3
    area = dx1 * dy2 - dy1 * dx2
    g = (sum_x * dy2 - sum_y * dx2) / area
    h = (dx1 * sum_y - dy1 * sum_x) / area
    return (
        (x1 - x0 + g * x1) / width,
        (x3 - x0 + h * x3) / height,
        x0,
        (y1 - y0 + g * y1) / width,
        (y3 - y0 + h * y3) / height,
        y0,
        g / width,
        h / height,
    )
