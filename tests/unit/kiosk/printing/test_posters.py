"""Posters: one page for each item, with a code that both readers read as that item's."""

import io
from dataclasses import replace

import pytest
import zxingcpp
from PIL import Image
from pyzbar import pyzbar

from forms.definition import Text
from kiosk.printing import poster
from kiosk.printing.press import BATCH_SECONDS
from kiosk.receipts import qr
from tests.builders.definitions import written
from tests.builders.papers import page_count, pictures_of, text_of

ITEMS = written().items
CODES = list(ITEMS)


@pytest.fixture(scope="module")
def all_posters(press) -> list[Image.Image]:
    """The posters of all items, printed in one run and seen at the 100 dots per inch of a camera."""
    html = poster.html(ITEMS.values(), "前溪社区")
    return list(pictures_of(press.pdf(html, BATCH_SECONDS)))


def test_every_item_has_one_page(all_posters):
    assert len(all_posters) == len(ITEMS) == 110


@pytest.mark.parametrize(("top", "bottom"), [(67, 70), (244, 247)])
def test_no_text_runs_into_the_department_or_the_facts_below(all_posters, top, bottom):
    crowded = [
        code
        for code, page in zip(CODES, all_posters, strict=True)
        if len(_band(page, top, bottom).getcolors()) > 1
    ]
    assert crowded == []


def _band(page: Image.Image, top: int, bottom: int) -> Image.Image:
    """The page between two heights in millimetres, without its very edges."""
    a_millimetre = page.height / 297
    edge = 2 * a_millimetre
    return page.crop((edge, top * a_millimetre, page.width - edge, bottom * a_millimetre))


def test_pyzbar_reads_every_poster_as_its_item(all_posters):
    read = [
        [symbol.data.decode() for symbol in pyzbar.decode(page, [pyzbar.ZBarSymbol.QRCODE])]
        for page in all_posters
    ]
    assert read == [[qr.payload("item", code)] for code in CODES]


def test_zxing_reads_every_poster_as_its_item(all_posters):
    read = [[symbol.text for symbol in zxingcpp.read_barcodes(page)] for page in all_posters]
    assert read == [[qr.payload("item", code)] for code in CODES]


@pytest.mark.parametrize("code", ["MZ-001", "YB-14", "JY-001"])
def test_a_poster_says_in_both_languages_what_it_is_about(press, code):
    item = ITEMS[code]
    pdf = press.pdf(poster.html([item]))
    assert page_count(pdf) == 1
    text = text_of(pdf)
    for said in (item.name, item.department, item.fee):
        assert said.zh in text
        assert said.en in text
    assert "扫码办理" in text
    assert "Scan at the kiosk" in text
    assert code in text


def test_the_code_survives_a_small_and_blurred_picture(press):
    (page,) = pictures_of(press.pdf(poster.html([ITEMS["MZ-001"]])), dots_per_inch=40)
    worn = io.BytesIO()
    page.convert("RGB").save(worn, "JPEG", quality=40)
    found = zxingcpp.read_barcodes(Image.open(worn))
    assert [symbol.text for symbol in found] == [qr.payload("item", "MZ-001")]


def test_a_poster_names_some_materials_and_says_that_there_are_more(press):
    item = ITEMS["MZ-001"]
    many = tuple(
        replace(
            item.requirements[1], id=f"m{number}", name=Text(f"材料{number}", f"Paper {number}")
        )
        for number in range(9)
    )
    text = text_of(press.pdf(poster.html([replace(item, requirements=many)])))
    assert "材料4" in text
    assert "材料5" not in text
    assert "其余见扫码后的指南" in text
