"""Photographs of documents for tests: paper with print on a table, and what may be wrong with one.

Everything is repeatable: what differs comes from the seed. Asserts nothing.
"""

import random
from functools import cache
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageFont

FRAME = (1600, 1200)
_FONTS = (
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
)
_WORDS = (
    "张家港市杨舍镇前溪社区居民户口簿常住人口登记卡姓名性别出生日期公民身份号码住址签发机关有效期限"
)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    found = next((name for name in _FONTS if Path(name).exists()), None)
    return ImageFont.truetype(found, size) if found else ImageFont.load_default(size)


def a_paper(seed: int, size: tuple[int, int] = (1250, 900)) -> Image.Image:
    """A printed page: a heading, lines of text, a table, a stamp."""
    chance = random.Random(seed)
    paper = Image.new("RGB", size, (chance.randint(212, 236),) * 3)
    pen = ImageDraw.Draw(paper)
    letter = chance.choice((22, 26, 30))
    pen.text((size[0] // 3, 40), "".join(chance.sample(_WORDS, 8)), (30, 30, 34), _font(44))
    for top in range(130, size[1] - 60, int(letter * 1.8)):
        words = "".join(chance.choice(_WORDS) for _ in range(int(size[0] * 0.8 / letter)))
        pen.text((70, top), words[: chance.randint(12, len(words))], (40, 40, 46), _font(letter))
    pen.rectangle((60, 120, size[0] - 60, size[1] - 40), outline=(90, 90, 96), width=2)
    pen.ellipse((size[0] - 330, size[1] - 330, size[0] - 120, size[1] - 120), outline=(180, 40, 36))
    return paper


def photographed(
    paper: Image.Image, seed: int, scale: float = 1.0, shift: tuple[int, int] = (0, 0)
) -> Image.Image:
    """The paper on a darker table before a camera: a little turned, unevenly lit, with noise."""
    chance = random.Random(seed + 1000)
    table = Image.new("RGB", FRAME, tuple(chance.randint(50, 120) for _ in range(3)))
    held = paper.resize((int(paper.width * scale), int(paper.height * scale)), Image.Resampling.BOX)
    turned = held.convert("RGBA").rotate(
        chance.uniform(-3, 3), Image.Resampling.BICUBIC, expand=True
    )
    at = (
        (FRAME[0] - turned.width) // 2 + shift[0] + chance.randint(-15, 15),
        (FRAME[1] - turned.height) // 2 + shift[1] + chance.randint(-15, 15),
    )
    table.paste(turned, at, turned)
    return _with_grain(_unevenly_lit(table, chance), seed, chance.uniform(3, 8))


def blurred(picture: Image.Image, sigma: float) -> Image.Image:
    """Out of focus; what the sensor adds comes afterwards."""
    return _with_grain(picture.filter(ImageFilter.GaussianBlur(sigma)), 5, 4)


def moved(picture: Image.Image, pixels: int) -> Image.Image:
    """The hand moved while the picture was taken."""
    smeared = picture
    for step in range(1, pixels):
        shifted = ImageChops.offset(picture, step, step // 3)
        smeared = Image.blend(smeared, shifted, 1 / (step + 1))
    return _with_grain(smeared, 6, 4)


def with_glare(picture: Image.Image, seed: int) -> Image.Image:
    """A lamp shines back from the paper."""
    chance = random.Random(seed)
    light = Image.new("L", picture.size)
    x = chance.randint(450, 1100)
    y = chance.randint(400, 800)
    wide, high = chance.randint(90, 220), chance.randint(70, 160)
    ImageDraw.Draw(light).ellipse((x - wide, y - high, x + wide, y + high), fill=255)
    light = light.filter(ImageFilter.GaussianBlur(25)).point(lambda level: min(255, level * 2))
    return Image.composite(Image.new("RGB", picture.size, "white"), picture, light)


def in_the_dark(picture: Image.Image, light: float, seed: int) -> Image.Image:
    """Little light, and the noise that comes with it."""
    return _with_grain(ImageEnhance.Brightness(picture).enhance(light), seed, 5)


def _unevenly_lit(picture: Image.Image, chance: random.Random) -> Image.Image:
    darker = ImageEnhance.Brightness(picture).enhance(chance.uniform(0.78, 0.95))
    slope = Image.linear_gradient("L").rotate(chance.choice((0, 90, 180, 270))).resize(FRAME)
    return Image.composite(picture, darker, slope)


@cache
def _patch_of_grain(seed: int) -> Image.Image:
    chance = random.Random(seed)
    levels = (int(min(255, max(0, chance.gauss(128, 40)))) for _ in range(65536))
    return Image.frombytes("L", (256, 256), bytes(levels))


def _with_grain(picture: Image.Image, seed: int, strength: float) -> Image.Image:
    """Sensor noise of about this standard deviation, in grey levels."""
    patch = _patch_of_grain(seed % 4)
    grain = Image.new("L", picture.size)
    for left in range(0, picture.width, 256):
        for top in range(0, picture.height, 256):
            grain.paste(patch, (left, top))
    levels = grain.convert("RGB").point(lambda level: int(128 + (level - 128) * strength / 40))
    return ImageChops.add(picture, levels, 1, -128)
