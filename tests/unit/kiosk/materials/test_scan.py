"""Reading QR codes from pictures as cameras deliver them, in the real child process."""

import os
from pathlib import Path

import pytest
from PIL import Image

from kiosk.errors import DomainError
from kiosk.materials import isolation, scan
from kiosk.materials.scan import read_codes
from kiosk.receipts import qr
from tests.builders import pictures

RECEIPT = qr.payload("receipt", "ABCDEFGHIJKLMNOPQRSTUVWXY2")


def seen(picture: Image.Image) -> list[str]:
    return read_codes(pictures.encoded(picture, quality=85))


@pytest.mark.parametrize("degrees", range(0, 360, 15))
def test_a_code_is_read_at_any_angle(degrees: int) -> None:
    code = pictures.turned(pictures.qr_code(RECEIPT), degrees)

    assert seen(pictures.camera_frame(code)) == [RECEIPT]


def test_a_light_code_on_a_dark_screen_is_read() -> None:
    assert seen(pictures.camera_frame(pictures.inverted(pictures.qr_code(RECEIPT)))) == [RECEIPT]


@pytest.mark.parametrize("sigma", [1.0, 2.0, 2.5])
def test_a_code_out_of_focus_is_read(sigma: float) -> None:
    assert seen(pictures.blurred(pictures.camera_frame(pictures.qr_code(RECEIPT)), sigma)) == [
        RECEIPT
    ]


@pytest.mark.parametrize("share_of_noise", [0.1, 0.3, 0.5])
def test_a_code_in_low_light_with_noise_is_read(share_of_noise: float) -> None:
    frame = pictures.in_low_light(pictures.camera_frame(pictures.qr_code(RECEIPT)), share_of_noise)

    assert seen(frame) == [RECEIPT]


@pytest.mark.parametrize("module", [2, 3])
def test_a_small_code_in_a_frame_is_read(module: int) -> None:
    assert seen(pictures.camera_frame(pictures.qr_code(RECEIPT, module))) == [RECEIPT]


def test_a_picture_that_is_only_a_tiny_code_is_read() -> None:
    assert read_codes(pictures.encoded(pictures.qr_code(RECEIPT, 1), "PNG")) == [RECEIPT]


def test_a_photograph_of_12_megapixels_is_shrunk_and_read() -> None:
    frame = pictures.camera_frame(pictures.qr_code(RECEIPT, 20), size=(4000, 3000))

    assert seen(frame) == [RECEIPT]


@pytest.mark.parametrize("degrees", range(0, 90, 7))
def test_all_codes_of_a_picture_are_read(degrees: int) -> None:
    texts = [RECEIPT, f"第{degrees}号窗口", "https://example.org/"]
    codes = [pictures.turned(pictures.qr_code(text, 4), degrees) for text in texts]

    assert sorted(seen(pictures.camera_frame(*codes))) == sorted(texts)


def test_the_same_code_twice_is_told_once() -> None:
    code = pictures.qr_code(RECEIPT)

    assert seen(pictures.camera_frame(code, code)) == [RECEIPT]


def test_chinese_text_survives() -> None:
    text = "如东县栟茶镇为民服务中心:书读百遍,其义自现。"

    assert seen(pictures.camera_frame(pictures.qr_code(text))) == [text]


def test_a_gbk_payload_is_read_as_chinese() -> None:
    text = "南通市民卡 张三 320623"

    assert seen(pictures.camera_frame(pictures.qr_code(text.encode("gbk")))) == [text]


def test_a_code_that_names_another_encoding_is_told_once_and_right() -> None:
    code = pictures.qr_code_naming_its_encoding("Müller", "ISO-8859-1")

    assert seen(pictures.camera_frame(code)) == ["Müller"]


def test_bytes_in_no_encoding_give_some_text() -> None:
    (text,) = seen(pictures.camera_frame(pictures.qr_code(b"\xff\xfe\xff\x80\xff")))

    assert "\N{REPLACEMENT CHARACTER}" in text


@pytest.mark.parametrize(
    "payload",
    ["javascript:alert(1)", "a\r\nSet-Cookie: x=1", "nul\0nul", "\u202egnp.exe", '=HYPERLINK("x")'],
)
def test_a_hostile_payload_is_read_as_it_is(payload: str) -> None:
    assert seen(pictures.camera_frame(pictures.qr_code(payload))) == [payload]


def test_a_payload_of_2900_characters_is_read() -> None:
    payload = "0123456789" * 290

    assert read_codes(pictures.encoded(pictures.qr_code(payload, 5), "PNG")) == [payload]


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16"])
def test_a_png_of_any_mode_is_read(mode: str) -> None:
    code = pictures.qr_code(RECEIPT)
    if mode == "I;16":
        picture = Image.new(mode, code.size)
        picture.putdata([value * 257 for value in code.tobytes()])
    else:
        picture = code.convert("RGB").convert(mode)

    assert read_codes(pictures.encoded(picture, "PNG")) == [RECEIPT]


def test_a_black_code_on_transparent_ground_is_read() -> None:
    code = pictures.qr_code(RECEIPT)
    picture = Image.new("RGBA", code.size, (0, 0, 0, 0))
    picture.putalpha(pictures.inverted(code))

    assert read_codes(pictures.encoded(picture, "PNG")) == [RECEIPT]


def test_a_webp_picture_is_read() -> None:
    frame = pictures.camera_frame(pictures.qr_code(RECEIPT)).convert("RGB")

    assert read_codes(pictures.encoded(frame, "WEBP")) == [RECEIPT]


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (64, 64)])
def test_a_picture_without_a_code_gives_nothing(size: tuple[int, int]) -> None:
    assert read_codes(pictures.encoded(Image.new("L", size, 128), "PNG")) == []


def processor_seconds_of_the_child() -> float:
    stat = Path(f"/proc/{isolation.shared().pid}/stat").read_text().rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def test_noise_of_36_megapixels_costs_no_more_than_its_time(monkeypatch) -> None:
    # Processor time, and patience: what else the machine does has no part in it.
    most = scan.SECONDS
    monkeypatch.setattr(scan, "SECONDS", 60.0)
    picture = pictures.encoded(pictures.noise((6000, 6000)), quality=30)
    read_codes(pictures.encoded(Image.new("L", (9, 9))))  # the child is running

    before = processor_seconds_of_the_child()
    assert read_codes(picture) == []
    assert processor_seconds_of_the_child() - before < most


def test_noise_of_100_megapixels_is_refused() -> None:
    picture = pictures.encoded(Image.new("L", (10_000, 10_000), 77))

    with pytest.raises(DomainError, match="picture_too_large"):
        read_codes(picture)
