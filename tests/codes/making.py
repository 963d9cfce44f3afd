"""The generated set: some 360 pictures of QR codes at 1280 × 720, each with what it says.

One family for each thing that goes wrong before a kiosk's camera, from harmless to hopeless, so
that a reader's limit lies inside. The same seed gives the same pictures. These are drawings of
faults, not photographs: they compare ways of reading with each other, no more. Neighbours: `lens`
does the harm, `table` counts.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from PIL import Image, ImageOps
from qrcode import constants
from qrcode.main import QRCode
from qrcode.util import MODE_8BIT_BYTE, QRData

from kiosk.receipts import qr
from tests.codes import lens

SEED = 20261126
EACH = 28
LEVELS = (
    constants.ERROR_CORRECT_L,
    constants.ERROR_CORRECT_M,
    constants.ERROR_CORRECT_Q,
)
CHINESE = (
    "如东县栟茶镇为民服务中心",
    "张家港市锦丰镇沙洲村 便民服务站 3号窗口",
    "高龄津贴申请，请带身份证、户口簿和银行卡。",
    "城乡居民基本医疗保险参保登记",
    "书读百遍，其义自现。",
    "𠮷野村民委员会",
    "受理凭证 320582 第〇〇八号",
)


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture, what its codes say, and which family of faults it belongs to."""

    name: str
    family: str
    texts: tuple[str, ...]
    picture: Image.Image


def every_sample(each: int = EACH, seed: int = SEED) -> Iterator[Sample]:
    """All families, `each` pictures of every one; with a smaller number, evenly chosen ones."""
    for family, draw in FAMILIES.items():
        for number in range(each):
            place = number * EACH // each
            # A seed of its own for each: a smaller set holds pictures of the larger one.
            random = Random(f"{seed}/{family}/{place}")
            texts, picture = draw(place / (EACH - 1), random)
            yield Sample(f"{family}-{place:02}", family, texts, picture)


Drawn = tuple[tuple[str, ...], Image.Image]


def code_of(
    payload: str | bytes, module: int, level: int = constants.ERROR_CORRECT_M
) -> Image.Image:
    """The code in mode "L", quiet zone included, `module` pixels to a module."""
    code = QRCode(box_size=module, border=qr.QUIET_ZONE, error_correction=level)
    raw = payload.encode() if isinstance(payload, str) else payload
    code.add_data(QRData(raw, mode=MODE_8BIT_BYTE), optimize=0)
    code.make()
    return code.make_image().get_image().convert("L")


def a_text(random: Random) -> str:
    """What codes at a station say: ours mostly, Chinese words, addresses."""
    token = "".join(random.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=26))
    return random.choice(
        (
            qr.payload("receipt", token),
            qr.payload("receipt", token),
            qr.payload("item", f"MZ-{random.randrange(1, 21):03}"),
            random.choice(CHINESE),
            f"https://example.org/s/{token.lower()}",
        )
    )


def a_code(random: Random, module: int) -> tuple[str, Image.Image]:
    """A code of any of these texts at one of the usual levels of error correction."""
    text = a_text(random)
    return text, code_of(text, module, random.choice(LEVELS))


def _anywhere(code: Image.Image, random: Random) -> Image.Image:
    return lens.on_table(code, (random.random(), random.random()))


def _sizes(much: float, random: Random) -> Drawn:
    """From 12 pixels to a module down to 1.2."""
    text, code = a_code(random, 12)
    factor = (12 - 10.8 * much) / 12
    side = max(24, int(code.width * factor))
    if side > 700:
        side = 700
    return (text,), _anywhere(code.resize((side, side), Image.Resampling.BOX), random)


def _angles(_: float, random: Random) -> Drawn:
    text, code = a_code(random, random.choice((4, 5, 6)))
    return (text,), _anywhere(lens.turned(code, random.uniform(0, 360)), random)


def _blur(much: float, random: Random) -> Drawn:
    text, code = a_code(random, 6)
    return (text,), lens.out_of_focus(_anywhere(code, random), 0.5 + 3.5 * much)


def _motion(much: float, random: Random) -> Drawn:
    text, code = a_code(random, 6)
    return (text,), lens.moved(_anywhere(code, random), 2 + int(10 * much), random.uniform(0, 180))


def _noise(much: float, random: Random) -> Drawn:
    text, code = a_code(random, random.choice((4, 6)))
    return (text,), lens.grainy(_anywhere(code, random), 0.1 + 0.6 * much, random)


def _low_light(much: float, random: Random) -> Drawn:
    text, code = a_code(random, 5)
    frame = lens.dim(_anywhere(code, random), 0.4 - 0.37 * much, base=8)
    return (text,), lens.grainy(frame, 0.03, random)


def _uneven_light(much: float, random: Random) -> Drawn:
    text, code = a_code(random, 6)
    place = (random.uniform(0.2, 0.8), random.uniform(0.2, 0.8))
    frame = lens.lit_from(lens.on_table(code, place), random.uniform(0, 360), 0.5 - 0.47 * much)
    return (text,), lens.with_glare(frame, (random.random(), random.random()), 40 + 60 * much)


def _inverted(much: float, random: Random) -> Drawn:
    text, code = a_code(random, random.choice((4, 6)))
    frame = lens.on_table(ImageOps.invert(lens.turned(code, random.uniform(0, 360))), ground=30)
    return (text,), lens.out_of_focus(frame, 0.3 + 1.7 * much)


def _damage(much: float, random: Random) -> Drawn:
    text = a_text(random)
    code = code_of(text, 6, constants.ERROR_CORRECT_Q)
    worn = lens.scratched(code, 1 + int(7 * much), 0.09 * much, random)
    return (text,), _anywhere(lens.turned(worn, random.uniform(-20, 20)), random)


def _screens(much: float, random: Random) -> Drawn:
    text, code = a_code(random, 5)
    pitch = 1.05 + 0.9 * random.random()
    seen = lens.on_screen(code, min(pitch, 680 / (code.width * 1.25)), random.uniform(-12, 12))
    frame = lens.dim(_anywhere(seen, random), 0.9, base=20)
    return (text,), lens.out_of_focus(frame, 0.2 + 0.9 * much)


def _paper(much: float, random: Random) -> Drawn:
    text, code = a_code(random, 8)
    side = random.uniform(300, 460)
    left, top = random.uniform(100, 600), random.uniform(60, 180)
    lean = side * (0.04 + 0.3 * much)

    def corner(x: float, y: float) -> tuple[float, float]:
        return (
            left + x * side + random.uniform(-lean, lean),
            top + y * side + random.uniform(-lean / 2, lean),
        )

    corners = [corner(0, 0), corner(1, 0), corner(1, 1), corner(0, 1)]
    frame = lens.in_perspective(code, corners)
    return (text,), lens.out_of_focus(frame, 0.3 + 0.5 * random.random())


def _chinese(much: float, random: Random) -> Drawn:
    """In UTF-8, in UTF-8 with a mark, in GBK; random characters, since readers guess by them."""
    length = 2 + int(26 * much)
    text = "".join(chr(random.randrange(0x4E00, 0x9FA5)) for _ in range(length))
    encoding = random.choice(("utf-8", "utf-8", "utf-8-sig", "gb18030"))
    code = code_of(text.encode(encoding), 5)
    return (text,), _anywhere(lens.turned(code, random.uniform(0, 360)), random)


def _several(_: float, random: Random) -> Drawn:
    count = random.choice((2, 2, 3))
    found = dict(a_code(random, 3) for _ in range(count))
    frame = Image.new("L", lens.FRAME, lens.TABLE)
    for place, code in enumerate(found.values()):
        drawn = lens.turned(code, random.uniform(0, 360))
        column = lens.FRAME[0] // len(found)
        left = place * column + (column - drawn.width) // 2
        frame.paste(drawn, (left, random.randrange(0, max(1, 720 - drawn.height))))
    return tuple(found), frame


def _mixed(much: float, random: Random) -> Drawn:
    """A little of everything, as a hurried hand in a dim corner holds it."""
    text, code = a_code(random, 5)
    frame = _anywhere(lens.turned(code, random.uniform(0, 360)), random)
    frame = lens.lit_from(frame, random.uniform(0, 360), 0.7 - 0.4 * much)
    frame = lens.out_of_focus(frame, 0.5 + 1.3 * much)
    frame = lens.dim(frame, 0.7 - 0.4 * much, base=10)
    return (text,), lens.grainy(frame, 0.04 + 0.1 * much, random)


FAMILIES: dict[str, Callable[[float, Random], Drawn]] = {
    "size": _sizes,
    "angle": _angles,
    "out of focus": _blur,
    "moved": _motion,
    "noise": _noise,
    "low light": _low_light,
    "uneven light": _uneven_light,
    "inverted": _inverted,
    "damaged": _damage,
    "screen": _screens,
    "paper": _paper,
    "Chinese": _chinese,
    "several": _several,
    "mixed": _mixed,
}
