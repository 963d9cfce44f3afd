"""Printed papers as a reader has them: their pages, what stands on them, how they look.

Neighbour: `kiosk.printing` makes them.
"""

from collections.abc import Iterator
from contextlib import closing

import pypdfium2
from PIL import Image


def page_count(pdf: bytes) -> int:
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        return len(document)


def text_of(pdf: bytes) -> str:
    """Everything that can be read on the pages, spaces run together."""
    return " ".join(pages_of(pdf))


def pages_of(pdf: bytes) -> list[str]:
    """What can be read on each page, spaces run together."""
    texts = []
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        for page in document:
            with closing(page.get_textpage()) as text:
                texts.append(" ".join(text.get_text_range().split()))
    return texts


def pictures_of(pdf: bytes, dots_per_inch: int = 100) -> Iterator[Image.Image]:
    """Each page as a grey picture."""
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        for page in document:
            yield page.render(scale=dots_per_inch / 72, grayscale=True).to_pil()
