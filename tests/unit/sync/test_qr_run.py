"""A carrier as a run of codes: what they say, and that any order makes the same again."""

import io
import random

import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from kiosk.carriers.runs import MOST_RUNS, Runs
from kiosk.materials import codes
from kiosk.receipts import qr
from sync.qr_run import MAX_RUN_BYTES, PART_BYTES, base45, from_base45, joined, part_in, texts_of

DATA = random.Random(4).randbytes(3 * PART_BYTES + 7)


@pytest.mark.parametrize(
    ("plain", "coded"),
    [
        (b"AB", "BB8"),
        (b"Hello!!", "%69 VD92EX0"),
        (b"base-45", "UJCLQE7W581"),
        (b"ietf!", "QED8WEX0"),
    ],
)
def test_base45_is_that_of_the_rfc(plain, coded):
    assert base45(plain) == coded
    assert from_base45(coded) == plain


@given(some.binary(max_size=200))
def test_base45_brings_all_bytes_back(data):
    assert from_base45(base45(data)) == data


@pytest.mark.parametrize("text", ["A", "ABCD", "GGW:", "::", ":::", "abc", "中中中"])
def test_what_is_no_base45_is_refused(text):
    with pytest.raises(ValueError, match="no base45"):
        from_base45(text)


def test_codes_in_any_order_make_the_carrier_again():
    parts = [part_in(text) for text in texts_of(DATA)]
    random.Random(7).shuffle(parts)
    assert len(parts) == 4
    assert joined(parts[0].run, {part.number: part.data for part in parts}) == DATA


def test_codes_of_another_run_are_noticed():
    parts = {part.number: part.data for part in map(part_in, texts_of(DATA))}
    assert joined("0123456789AB", parts) is None


def test_a_carrier_for_codes_has_a_limit():
    assert len(texts_of(bytes(MAX_RUN_BYTES))) == 67
    with pytest.raises(ValueError, match="too large"):
        texts_of(bytes(MAX_RUN_BYTES + 1))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "JSB1.I.MZ-006.X",
        "JSB1.Q.0123456789AB.2.1.BB8",
        "JSB1.Q.0123456789AB.0.1.BB8",
        "JSB1.Q.0123456789AB.1.100.BB8",
        "JSB1.Q.0123456789ab.1.1.BB8",
        "JSB1.Q../../etc.1.1.BB8",
        "JSB1.Q.0123456789AB.1.1.中",
        "JSB1.Q.0123456789AB.1.1." + "BB8" * PART_BYTES,
    ],
)
def test_another_code_is_none_of_a_run(text):
    assert part_in(text) is None


def test_a_whole_code_is_drawn_so_that_the_readers_of_the_product_read_it():
    (text,) = texts_of(random.Random(1).randbytes(PART_BYTES))
    picture = Image.open(io.BytesIO(qr.png(text, "M", 6))).convert("L")
    # Version 20 has 97 modules, and the quiet zone 4 on each side.
    assert picture.width == (97 + 8) * 6
    assert [found.text for found in codes.by_zbar(picture)] == [text]


def test_codes_are_collected_by_several_and_a_lost_one_is_waited_for(tmp_path):
    texts = texts_of(DATA)
    one, other = Runs(tmp_path), Runs(tmp_path)
    assert one.add(["something else"]) is None
    assert one.add([texts[3]]).missing == (1, 2, 3)
    assert other.add([texts[0], texts[0]]).missing == (2, 3)
    assert one.add([texts[2]]).missing == (2,)
    whole = other.add(["noise", texts[1]])
    assert (whole.is_whole, whole.have, whole.total) == (True, 4, 4)
    assert one.take(whole) == DATA
    assert one.add([texts[0]]).missing == (2, 3, 4)


def test_codes_that_do_not_make_their_run_are_forgotten(tmp_path):
    runs, texts = Runs(tmp_path), texts_of(DATA)
    wrong = ".".join(texts[0].split(".", 5)[:5]) + "." + base45(DATA[-PART_BYTES:])
    progress = runs.add([wrong, *texts[1:]])
    assert progress.is_whole
    assert runs.take(progress) is None
    assert runs.add(texts).is_whole


def test_runs_that_never_end_do_not_pile_up(tmp_path):
    runs = Runs(tmp_path)
    for number in range(MOST_RUNS + 5):
        runs.add(texts_of(DATA + bytes([number]))[:1])
    assert len(list(tmp_path.iterdir())) == MOST_RUNS
