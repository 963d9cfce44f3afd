"""What was once on the wire never changes: machines out there still write it and wait for it.

A new version adds files, a line for each in the list, and the digest of the list here.
"""

import hashlib
from pathlib import Path

WIRE = Path(__file__).parents[1] / "golden" / "wire"
LIST = WIRE / "SHA256SUMS"
#: Of the list with so many first lines, as it stood when a version was recorded.
RECORDED = {
    21: "7392f43f0137bad997140a621d882db24eff1ceb92c9e14422ef9143cc9a1d75",
    39: "e7b20f4e088796881a47bbf7a77bf78929b8717bdfe4b52b837af28cf4cb0faa",
}


def test_every_file_that_was_once_on_the_wire_is_listed_and_as_it_was():
    listed = dict(reversed(line.split("  ")) for line in LIST.read_text().splitlines())
    files = {
        file.relative_to(WIRE).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in WIRE.rglob("*")
        if file.is_file() and file != LIST
    }
    assert files == listed


def test_the_list_only_grows():
    lines = LIST.read_bytes().splitlines(keepends=True)
    for count, digest in RECORDED.items():
        assert hashlib.sha256(b"".join(lines[:count])).hexdigest() == digest
    assert len(lines) == max(RECORDED)
