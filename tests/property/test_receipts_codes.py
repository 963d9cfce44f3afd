"""QR payloads: round trips through text and through real pictures, and any text at all."""

import json
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.materials import wire
from kiosk.materials.isolation import IsolatedReader
from kiosk.materials.scan import interpret
from kiosk.receipts import qr
from tests.builders import pictures

TOKEN_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
tokens = st.text(TOKEN_ALPHABET, min_size=26, max_size=26)
items = st.from_regex(r"[A-Z]{2}-[0-9]{2,3}", fullmatch=True)
payloads = st.one_of(
    st.builds(qr.payload, st.sampled_from(["receipt", "handoff", "staff"]), tokens),
    st.builds(qr.payload, st.just("item"), items),
)
chinese = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=1)


@pytest.fixture(scope="module")
def reader() -> Iterator[IsolatedReader]:
    reader = IsolatedReader()
    yield reader
    reader.close()


def read(reader: IsolatedReader, payload: str | bytes) -> list[str]:
    picture = pictures.encoded(pictures.qr_code(payload, 5), "PNG")
    return list(json.loads(reader.ask(wire.CODES, picture, 2.0)))


@given(tokens)
def test_a_token_comes_back_from_its_payload(token: str) -> None:
    assert qr.parse(qr.payload("receipt", token)) == qr.Payload("receipt", token)


@settings(max_examples=500)
@given(payloads, st.data())
def test_one_wrong_character_makes_no_code_of_ours(payload: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(payload) - 1))
    wrong = data.draw(
        st.sampled_from(TOKEN_ALPHABET + "0189.-").filter(lambda c: c != payload[place])
    )

    assert qr.parse(payload[:place] + wrong + payload[place + 1 :]) is None


@given(st.one_of(st.text(), payloads))
def test_any_text_is_interpreted_and_safe_to_show(text: str) -> None:
    scan = interpret(text)

    assert len(scan.text) <= 500
    assert not {unicodedata.category(character) for character in scan.text} & {"Cc", "Cf", "Cs"}
    assert (scan.target is None) == (scan.kind == "text")


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(text=chinese)
def test_chinese_text_survives_the_picture(reader: IsolatedReader, text: str) -> None:
    assert read(reader, text) == [text]


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(payload=payloads)
def test_our_own_codes_survive_the_picture(reader: IsolatedReader, payload: str) -> None:
    assert read(reader, payload) == [payload]
