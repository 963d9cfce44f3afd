"""What a scanned text is taken for, and what of it is shown."""

import pytest

from kiosk.materials.scan import Scan, interpret
from kiosk.receipts import qr

TOKEN = "ABCDEFGHIJKLMNOPQRSTUVWXY2"


@pytest.mark.parametrize("kind", ["receipt", "handoff", "staff"])
def test_our_own_code_is_known_by_its_kind(kind: qr.Kind) -> None:
    payload = qr.payload(kind, TOKEN)

    assert interpret(payload) == Scan(kind, payload, TOKEN)


def test_an_item_code_leads_to_the_item() -> None:
    assert interpret(qr.payload("item", "YB-01")).target == "YB-01"


def test_what_a_hand_scanner_types_around_a_code_is_ignored() -> None:
    assert interpret(f" {qr.payload('item', 'MZ-001').lower()}\r\n").target == "MZ-001"


@pytest.mark.parametrize(
    "text", ["http://192.168.3.7:8200/h#3A4B6C7D", "https://zhan.example/h#3A4B6C7D"]
)
def test_the_address_of_a_hand_off_is_known_as_one(text: str) -> None:
    assert interpret(text) == Scan("handoff", text, "3A4B6C7D")


@pytest.mark.parametrize(
    "text",
    [
        "http://192.168.3.7:8200/h#3A4B6C7",
        "http://192.168.3.7:8200/h#3A4B6C70",
        "http://192.168.3.7:8200/x/h#3A4B6C7D",
        "http://192.168.3.7:8200/h?3A4B6C7D",
        "javascript:alert(1)",
        "https://example.org/JSB1.I.MZ-001.D",
        "JSB1.I.MZ-001.E",
        "JSB1.I.MZ-002.D",
        "JSB2.I.MZ-001.D",
        "JSB1.X.MZ-001.D",
        "JSB1.I.MZ-001",
        "JSB1.I.MZ-001.D\u202e",
        "JSB1.R.SHORT.A",
        "",
    ],
)
def test_anything_else_is_only_text(text: str) -> None:
    scan = interpret(text)

    assert (scan.kind, scan.target) == ("text", None)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("第一行\r\n第二行", "第一行 第二行"),
        ("a\0b\x1b[31mc\x7f", "ab[31mc"),
        ("\u202egnp.exe\u2066x\u200b\ufeff", "gnp.exex"),
        ("a\u2028b\u2029c\u0085d\tе", "a b c d е"),
        ("\ud800x\ue000", "x"),
        ("  张三  李四 ", "张三 李四"),
        ("𠮷野家", "𠮷野家"),
    ],
)
def test_nothing_unseen_is_shown(text: str, shown: str) -> None:
    assert interpret(text).text == shown


def test_a_long_text_is_cut() -> None:
    assert interpret("长" * 4000).text == "长" * 500
