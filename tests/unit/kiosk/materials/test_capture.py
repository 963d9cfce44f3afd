"""Taking pictures in: what is stored, what is left behind, what is refused."""

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import ExifTags, Image, PngImagePlugin
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from kiosk import crypto
from kiosk.crypto import Keyring
from kiosk.errors import DomainError
from kiosk.materials import capture, pixels
from kiosk.materials.model import Material
from sync.blobs import BlobStore
from tests.builders import pictures

CANARY = b"canary-3f9a"


@pytest.fixture
def keyring() -> Keyring:
    return Keyring(crypto.new_key())


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path)


@pytest.fixture
def session() -> Iterator[Session]:
    engine = create_engine("sqlite://")
    Material.metadata.create_all(engine, tables=[Material.metadata.tables["material"]])
    with Session(engine) as session:
        yield session
    engine.dispose()


def a_photograph_with_gps() -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = CANARY.decode()
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (32.0, 19.0, 4.0)
    picture = pictures.photograph((800, 600))
    return pictures.encoded(picture, exif=exif, comment=CANARY, icc_profile=CANARY)


def test_a_material_is_found_again_with_its_contents(
    session: Session, keyring: Keyring, blobs: BlobStore
) -> None:
    material = capture.keep(session, keyring, blobs, capture.develop(a_photograph_with_gps()))
    session.commit()
    found = session.get_one(Material, material.id)
    jpeg = capture.contents(found, keyring, blobs)

    assert (found.media_type, found.bytes, found.case_id) == ("image/jpeg", len(jpeg), None)
    assert pictures.decoded(jpeg).size == (found.width, found.height) == (800, 600)


def test_only_ciphertext_lies_in_the_store(
    session: Session, keyring: Keyring, blobs: BlobStore
) -> None:
    material = capture.keep(session, keyring, blobs, capture.develop(a_photograph_with_gps()))

    assert b"JFIF" not in blobs.read(material.sha256)


def test_another_materials_key_does_not_open_it(
    session: Session, keyring: Keyring, blobs: BlobStore
) -> None:
    picture = capture.develop(a_photograph_with_gps())
    one, other = (capture.keep(session, keyring, blobs, picture) for _ in range(2))
    one.wrapped_key = other.wrapped_key

    with pytest.raises(ValueError, match="context"):
        capture.contents(one, keyring, blobs)


def test_position_comment_and_profile_are_left_behind() -> None:
    data = a_photograph_with_gps()
    jpeg = capture.develop(data).jpeg

    assert CANARY in data
    assert CANARY not in jpeg
    assert b"Exif" not in jpeg
    assert not pictures.decoded(jpeg).getexif()


def test_a_png_comment_is_left_behind() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", CANARY.decode())
    data = pictures.encoded(pictures.photograph((80, 60)), "PNG", pnginfo=notes)

    assert CANARY not in capture.develop(data).jpeg


def test_a_file_hung_behind_the_picture_is_left_behind() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as entries:
        entries.writestr("run.js", CANARY)
    jpeg = capture.develop(
        pictures.encoded(pictures.photograph((80, 60))) + archive.getvalue()
    ).jpeg

    assert not zipfile.is_zipfile(io.BytesIO(jpeg))
    assert CANARY not in jpeg


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_taken_sideways_is_turned_upright(kind: str) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    picture = Image.new("RGBA" if kind == "PNG" else "RGB", (80, 40), "white")
    picture.paste("black", (0, 0, 20, 40))
    upright = pictures.decoded(capture.develop(pictures.encoded(picture, kind, exif=exif)).jpeg)

    assert upright.size == (40, 80)
    assert upright.convert("L").getpixel((20, 5)) < 64
    assert upright.convert("L").getpixel((20, 75)) > 192


def test_transparent_ground_becomes_white_paper() -> None:
    drawing = pictures.encoded(Image.new("RGBA", (50, 50), (0, 0, 0, 0)), "PNG")

    assert pictures.decoded(capture.develop(drawing).jpeg).getpixel((25, 25)) == (255, 255, 255)


def test_16_bits_of_grey_are_scaled_not_cut_off() -> None:
    scan = pictures.encoded(Image.new("I;16", (50, 50), 32_768), "PNG")

    assert pictures.decoded(capture.develop(scan).jpeg).getpixel((25, 25)) == (128, 128, 128)


def test_a_multi_picture_jpeg_of_a_phone_gives_its_first_picture() -> None:
    first, second = pictures.photograph((80, 60)), pictures.photograph((40, 30))
    data = pictures.encoded(first, "MPO", save_all=True, append_images=[second])

    assert capture.develop(data).width == 80


def test_a_large_photograph_becomes_2400_pixels_long() -> None:
    picture = capture.develop(pictures.encoded(pictures.photograph((4000, 3000))))

    assert (picture.width, picture.height) == (2400, 1800)
    assert len(picture.jpeg) <= pixels.MAX_BYTES


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The largest take seconds on a busy machine; their processor time is limited as ever."""
    monkeypatch.setattr(capture, "SECONDS", 60.0)


@pytest.mark.usefixtures("patient")
def test_even_noise_fits_into_400_kilobytes() -> None:
    data = pictures.encoded(pictures.noise((2400, 2400)), quality=40)

    assert len(capture.develop(data).jpeg) <= pixels.MAX_BYTES


@pytest.mark.usefixtures("patient")
def test_12_megapixels_of_noise_fit_into_400_kilobytes() -> None:
    data = pictures.encoded(pictures.noise((4000, 3000)), quality=50)
    picture = capture.develop(data)

    assert len(data) > 4_000_000
    assert max(picture.width, picture.height) >= 1200
    assert len(picture.jpeg) <= pixels.MAX_BYTES


def a_picture(kind: str, size: tuple[int, int] = (300, 200)) -> bytes:
    return pictures.encoded(pictures.photograph(size), kind)


def a_png_that_claims(width: int, height: int) -> bytes:
    data = bytearray(a_picture("PNG"))
    header = width.to_bytes(4) + height.to_bytes(4) + bytes(data[24:29])
    data[16:29] = header
    data[29:33] = zlib.crc32(b"IHDR" + header).to_bytes(4)
    return bytes(data)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: b"", "picture_undecodable"),
        (lambda: b"\xff\xd8\xff" + bytes(1000), "picture_undecodable"),
        (lambda: a_picture("JPEG")[:-400], "picture_undecodable"),
        (lambda: a_picture("PNG")[:-400], "picture_undecodable"),
        (lambda: a_picture("WEBP")[:-400], "picture_undecodable"),
        (lambda: a_png_that_claims(60_000, 60_000), "picture_too_large"),
        (lambda: a_png_that_claims(9_000, 5_600), "picture_too_large"),
        (lambda: a_png_that_claims(7_000, 6_000), "picture_too_large"),
        (lambda: a_picture("WEBP", (4100, 3100)), "picture_too_large"),
        (lambda: b"\xff\xd8\xff" + bytes(15_000_000), "picture_too_large"),
        (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "picture_type"),
        (lambda: a_picture("GIF"), "picture_type"),
        (lambda: a_picture("TIFF"), "picture_type"),
        (lambda: a_picture("BMP"), "picture_type"),
        (lambda: b"%PDF-1.7", "picture_type"),
        (lambda: b"RIFF\0\0\0\0WAVEfmt ", "picture_type"),
        (lambda: "张三".encode(), "picture_type"),
    ],
    ids=range(17),
)
def test_what_is_no_acceptable_picture_is_refused(make: Callable[[], bytes], code: str) -> None:
    data = make()
    with pytest.raises(DomainError) as refused:
        capture.develop(data)

    assert refused.value.code == code


def test_a_compressed_text_that_swells_is_refused() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "0" * 50_000_000, zip=True)
    bomb = pictures.encoded(pictures.photograph((80, 60)), "PNG", pnginfo=notes)

    with pytest.raises(DomainError, match="picture_undecodable"):
        capture.develop(bomb)
