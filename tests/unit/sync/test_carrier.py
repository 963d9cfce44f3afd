"""The file that carries an exchange: its bytes, what is wrong with it, how it is written to a stick."""

import errno
import io
import os

import pytest

from sync.carrier import (
    FRAME,
    MAX_CARRIED_BYTES,
    UNFINISHED,
    BadCarrier,
    Part,
    file_of,
    file_part,
    parts_of,
    save,
    written,
)

PARTS = [Part(FRAME, b"one"), file_part("ab" * 32, b"x" * 1000), Part(FRAME, b"")]
WHOLE = b"".join(written(PARTS))


def read(data: bytes) -> tuple[list[Part], str | None]:
    found: list[Part] = []
    try:
        for part in parts_of(io.BytesIO(data)):
            found.append(part)
    except BadCarrier as error:
        return found, error.code
    return found, None


def test_what_was_written_is_read():
    assert read(WHOLE) == (PARTS, None)
    assert file_of(PARTS[1]) == ("ab" * 32, b"x" * 1000)


def test_an_empty_carrier_is_one():
    assert read(b"".join(written([]))) == ([], None)


@pytest.mark.parametrize("length", range(4, len(WHOLE), 37))
def test_a_carrier_cut_off_anywhere_is_said_to_be_and_gives_what_is_whole(length):
    found: list[Part] = []
    with pytest.raises(BadCarrier) as caught:
        for part in parts_of(io.BytesIO(WHOLE[:length])):
            found.append(part)
    assert caught.value.code == "cut_off"
    assert found == PARTS[: len(found)]


@pytest.mark.parametrize("at", range(4, len(WHOLE), 23))
def test_no_altered_byte_goes_unnoticed(at):
    altered = bytearray(WHOLE)
    altered[at] ^= 1
    assert read(bytes(altered))[1] in {"altered", "cut_off"}


def test_bytes_behind_the_end_are_noticed():
    assert read(WHOLE + b"0")[1] == "altered"


@pytest.mark.parametrize("data", [b"", b"JS", b"PK\x03\x04 a zip file", b"JSC2" + WHOLE[4:]])
def test_another_file_is_no_carrier(data):
    assert read(data) == ([], "not_one")


def test_a_part_that_claims_to_be_huge_is_not_waited_for():
    claim = b"JSC1FRAM" + (MAX_CARRIED_BYTES + 1).to_bytes(4, "big")
    assert read(claim + b"0" * 100)[1] == "altered"


class Dripping(io.BytesIO):
    """Gives a byte at a time, as a slow line may."""

    def read(self, size=-1, /):
        return super().read(min(size, 1))


def test_a_carrier_is_read_however_little_comes_at_a_time():
    assert list(parts_of(Dripping(WHOLE))) == PARTS


def test_a_carrier_is_written_whole_or_not_at_all(tmp_path):
    target = tmp_path / "queue.jsc"
    assert save(written(PARTS), target) == len(WHOLE)
    assert target.read_bytes() == WHOLE

    def full():
        yield b"JSC1"
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        save(full(), target)
    assert target.read_bytes() == WHOLE
    assert os.listdir(tmp_path) == ["queue.jsc"]


def test_what_a_stick_kept_of_a_broken_write_is_overwritten(tmp_path):
    target = tmp_path / "queue.jsc"
    (tmp_path / ("queue.jsc" + UNFINISHED)).write_bytes(b"half of one")
    save(written(PARTS), target)
    assert os.listdir(tmp_path) == ["queue.jsc"]
