"""Slips: what comes out of a printer, read back from its dots, and what a printer says of itself."""

from pathlib import Path

import pytest
from pyzbar.pyzbar import ZBarSymbol, decode

from forms.definition import Text
from kiosk.printing import slip as slips
from kiosk.printing.printer import print_slip
from kiosk.printing.raster import WIDTH, drawn
from kiosk.printing.slip import Slip
from kiosk.receipts import qr
from tests.builders.printers import (
    COVER_OPEN,
    NEAR_END,
    NO_PAPER,
    OFFLINE,
    Printed,
    SlipPrinter,
    a_slip_printer,
)

PAYLOAD = qr.payload("receipt", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")


@pytest.fixture
def slip() -> Slip:
    return Slip(
        number="1000 0748 2917 365",
        item=Text("最低生活保障申请", "Application for the minimum living allowance"),
        facts=((slips.WHOM, Text("政务服务便民热线12345", "Hotline 12345")),),
        payload=PAYLOAD,
    )


@pytest.fixture
def printer():
    with a_slip_printer() as printer:
        yield printer


def code_of(printed: Printed) -> list[str]:
    found = decode(printed.picture(), symbols=[ZBarSymbol.QRCODE])
    return [each.data.decode() for each in found]


def test_a_printer_on_the_network_prints_a_slip_whose_code_can_be_read(slip, printer):
    assert print_slip(printer.address, slip) == "printed"
    assert printer.printed.cuts == 1
    assert printer.printed.picture().width == WIDTH
    assert code_of(printer.printed) == [PAYLOAD]
    assert 4 in printer.printed.asked


def test_a_printer_that_is_a_file_gets_the_same_dots(slip, tmp_path: Path):
    file = tmp_path / "lp0"
    assert print_slip(f"file:{file}", slip) == "printed"
    printed = Printed()
    assert list(printed.take(file.read_bytes())) == []
    assert printed.picture().tobytes() == drawn(slip.wire()).convert("L").tobytes()
    assert code_of(printed) == [PAYLOAD]


@pytest.mark.parametrize(
    ("state", "bits", "outcome", "cuts"),
    [
        ("paper", NO_PAPER, "paper_out", 0),
        ("paper", NEAR_END, "paper_low", 1),
        ("cover", COVER_OPEN, "cover_open", 0),
        ("offline", OFFLINE, "offline", 0),
    ],
)
def test_what_a_printer_says_of_itself_is_told(
    slip, printer: SlipPrinter, state, bits, outcome, cuts
):
    setattr(printer, state, bits)
    assert print_slip(printer.address, slip) == outcome
    assert printer.printed.cuts == cuts


def test_a_printer_that_does_not_answer_prints_all_the_same(slip, printer: SlipPrinter):
    printer.is_silent = True
    assert print_slip(printer.address, slip) == "printed"
    assert (printer.printed.asked, printer.printed.cuts) == ([4], 1)


def test_a_printer_that_is_not_there_is_told(slip, printer: SlipPrinter, tmp_path: Path):
    assert print_slip("tcp://127.0.0.1:1", slip) == "unreachable"
    assert print_slip(f"file:{tmp_path}/no/such/folder", slip) == "unreachable"
    assert print_slip("usb://ffff:ffff", slip) == "unreachable"


def test_chinese_is_drawn_and_a_notice_makes_the_slip_longer(slip):
    plain = drawn(slip.wire())
    waiting = drawn(Slip(slip.number, slip.item, slip.facts, PAYLOAD, slips.NOT_YET).wire())
    assert waiting.height > plain.height
    strange = drawn(Slip(slip.number, Text("龘", "龘"), slip.facts, PAYLOAD).wire())
    assert (
        strange.tobytes()
        != drawn(Slip(slip.number, Text("靐", "靐"), slip.facts, PAYLOAD).wire()).tobytes()
    )
