"""Hostile files: what somebody may upload where a picture is asked for.

Made when they are asked for, always the same, and small: what is large in them is so only when it
is opened. Neighbours: `make` writes them to files, `test_uploads` sends them to a terminal.
"""

import gzip
import io
import struct
import zlib
from collections.abc import Callable, Mapping
from functools import cache

from PIL import Image

from tests.builders.pictures import encoded, noise, photograph, qr_code


@cache
def a_photograph() -> bytes:
    return encoded(photograph((1600, 1200)), quality=85)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(width: int, height: int, bits: int, colour: int, pixels: bytes, *more: bytes) -> bytes:
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + head
        + b"".join(more)
        + _chunk(b"IDAT", pixels)
        + _chunk(b"IEND", b"")
    )


def _zeros(megabytes: int) -> bytes:
    squeezed = zlib.compressobj(9)
    block = bytes(1 << 20)
    return b"".join([squeezed.compress(block) for _ in range(megabytes)] + [squeezed.flush()])


@cache
def _bomb() -> bytes:
    return _zeros(120)


def _small_png(*more: bytes) -> bytes:
    return _png(8, 8, 8, 0, zlib.compress(bytes(9 * 8)), *more)


def _with_segment(marker: int, data: bytes) -> bytes:
    """A photograph with a further segment after its beginning."""
    segment = struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data
    return a_photograph()[:2] + segment + a_photograph()[2:]


def _with_size(width: int, height: int) -> bytes:
    """A photograph that says of itself to be this large."""
    data = bytearray(a_photograph())
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def _looping_exif() -> bytes:
    """EXIF whose directory names itself as the next, and whose entries claim gigabytes."""
    entries = b"".join(
        struct.pack("<HHII", tag, 2, 0xFFFFFFF0, 8) for tag in (0x0112, 0x8769, 0x8825, 0x9286)
    )
    directory = struct.pack("<H", 4) + entries + struct.pack("<I", 8)
    return _with_segment(0xE1, b"Exif\0\0II*\0" + struct.pack("<I", 8) + directory)


def _moving(kind: str, frames: int) -> bytes:
    pictures = [Image.new("RGB", (64, 64), (number % 256, 0, 0)) for number in range(frames)]
    file = io.BytesIO()
    pictures[0].save(file, kind, save_all=True, append_images=pictures[1:])
    return file.getvalue()


def _many_scans() -> bytes:
    """A progressive JPEG whose last scan comes a thousand times."""
    data = encoded(photograph((1000, 1000)), quality=40, progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * min(1000, 9_000_000 // (len(data) - last)) + data[-2:]


def _cmyk() -> bytes:
    return encoded(photograph((800, 600)).convert("CMYK"), quality=80)


def _16_bits() -> bytes:
    picture = Image.new("I;16", (400, 400), 40_000)
    return encoded(picture, "PNG")


HTML = b"<!doctype html><script>alert(1)</script>"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>"

#: By name: what is sent, as a file that calls itself a .jpg.
FILES: Mapping[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "one byte": lambda: b"\xff",
    "only zeros": lambda: bytes(100_000),
    "beginning of a jpeg": lambda: b"\xff\xd8\xff\xe0" + bytes(50),
    "half a jpeg": lambda: a_photograph()[: len(a_photograph()) // 2],
    "jpeg without its end": lambda: a_photograph()[:-2],
    "jpeg of markers": lambda: b"\xff\xd8" + b"\xff" * 500_000,
    "jpeg that says 65500 squared": lambda: _with_size(65_500, 65_500),
    "jpeg that says no height": lambda: _with_size(1600, 0),
    "jpeg of a thousand scans": _many_scans,
    "exif that loops": _looping_exif,
    "exif of 64 kB of nothing": lambda: _with_segment(0xE1, b"Exif\0\0" + b"\xff" * 65_000),
    "broken colour profile": lambda: _with_segment(0xE2, b"ICC_PROFILE\0\x01\x01" + b"x" * 9000),
    "comment with a script": lambda: _with_segment(0xFE, HTML * 500),
    "cmyk": _cmyk,
    "16 bits": _16_bits,
    "noise": lambda: encoded(noise((3000, 3000)), quality=30),
    "png of 100000 squared": lambda: _png(100_000, 100_000, 8, 2, zlib.compress(b"")),
    "png bomb": lambda: _png(11_000, 11_000, 8, 0, _bomb()),
    "png bomb of one bit": lambda: _png(31_000, 31_000, 1, 0, _bomb()),
    "png with more than it says": lambda: _png(8, 8, 8, 0, _bomb()),
    "png with less than it says": lambda: _png(2000, 2000, 8, 2, zlib.compress(bytes(99))),
    "png of no size": lambda: _png(0, 0, 8, 0, zlib.compress(b"")),
    "png with a wrong checksum": lambda: _small_png()[:-10] + b"\0\0\0\0" + _small_png()[-6:],
    "png with a text bomb": lambda: _small_png(_chunk(b"zTXt", b"Comment\0\0" + _bomb())),
    "png with a profile bomb": lambda: _small_png(_chunk(b"iCCP", b"x\0\0" + _bomb())),
    "png chunk of 2 GB": lambda: _small_png()[:33] + b"\x7f\xff\xff\xffIDAT" + bytes(64),
    "moving gif": lambda: _moving("GIF", 300),
    "moving webp": lambda: _moving("WEBP", 300),
    "moving png": lambda: _moving("PNG", 300),
    "half a webp": lambda: encoded(photograph((800, 600)), "WEBP")[:3000],
    "webp of 16383 squared": lambda: (
        b"RIFF\x24\0\0\0WEBPVP8L\x18\0\0\0\x2f\xff\xff\xff\x0f" + bytes(24)
    ),
    "svg": lambda: SVG,
    "html": lambda: HTML,
    "pdf": lambda: b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj",
    "bmp": lambda: encoded(photograph((300, 300)), "BMP"),
    "tiff": lambda: encoded(photograph((300, 300)), "TIFF"),
    "icon": lambda: encoded(photograph((64, 64)), "ICO"),
    "gzip bomb": lambda: gzip.compress(bytes(20_000_000), mtime=0),
    "jpeg and a web page": lambda: a_photograph() + HTML,
    "jpeg and an archive": lambda: a_photograph() + b"PK\x03\x04" + bytes(200) + b"PK\x05\x06",
    "gif and a script": lambda: b"GIF89a/*" + bytes(8) + b"*/=1;alert(1)",
    "png of a code and a web page": lambda: encoded(qr_code("x"), "PNG") + HTML,
}
