"""Pictures for tests: QR codes as cameras see them, and photographs, made by qrcode and Pillow.

Everything is repeatable: noise comes from a seed. Asserts nothing.
"""

import io
import random

import zxingcpp
from PIL import Image, ImageFilter, ImageOps
from qrcode.constants import ERROR_CORRECT_L
from qrcode.main import QRCode
from qrcode.util import MODE_8BIT_BYTE, QRData

FRAME = (1280, 720)


def qr_code(payload: str | bytes, module: int = 6) -> Image.Image:
    """The code in mode "L", quiet zone included, `module` pixels to a module."""
    raw = payload.encode() if isinstance(payload, str) else payload
    code = QRCode(box_size=module, border=4, error_correction=ERROR_CORRECT_L)
    code.add_data(QRData(raw, mode=MODE_8BIT_BYTE), optimize=0)
    code.make()
    return code.make_image().get_image().convert("L")


def qr_code_naming_its_encoding(text: str, encoding: str) -> Image.Image:
    """The code with an ECI header, which tells the reader how the bytes are meant."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, eci=encoding)
    drawn = memoryview(code.to_image(scale=6))
    height, width = drawn.shape[:2]
    return Image.frombytes("L", (width, height), drawn.tobytes())


def camera_frame(*codes: Image.Image, size: tuple[int, int] = FRAME) -> Image.Image:
    """The codes side by side on a grey table."""
    frame = Image.new("L", size, 190)
    column = size[0] // len(codes)
    for index, code in enumerate(codes):
        left = index * column + (column - code.width) // 2
        frame.paste(code, (left, (size[1] - code.height) // 2))
    return frame


def turned(code: Image.Image, degrees: float) -> Image.Image:
    return code.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=255)


def inverted(code: Image.Image) -> Image.Image:
    return ImageOps.invert(code)


def blurred(code: Image.Image, sigma: float) -> Image.Image:
    return code.filter(ImageFilter.GaussianBlur(sigma))


def noise(size: tuple[int, int], seed: int = 1) -> Image.Image:
    return Image.frombytes("L", size, random.Random(seed).randbytes(size[0] * size[1]))


def in_low_light(picture: Image.Image, share_of_noise: float = 0.3) -> Image.Image:
    """A quarter of the light, then the sensor's noise."""
    dark = picture.point(lambda value: value * 0.25)
    grain = noise(picture.size).point(lambda value: value * 0.25)
    return Image.blend(dark, grain, share_of_noise)


def photograph(size: tuple[int, int], mode: str = "RGB") -> Image.Image:
    """Coloured clouds: compresses about as a photograph does."""
    seed = Image.frombytes("RGB", (64, 64), random.Random(7).randbytes(64 * 64 * 3))
    return seed.convert(mode).resize(size, Image.Resampling.BILINEAR)


def encoded(picture: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    """The file as bytes."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def decoded(data: bytes) -> Image.Image:
    """The file read back, pixels and all."""
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture
