"""A terminal's files over HTTP: which part is given back for which Range, and what size is told."""

import pytest

from sync.transport import HallRefuses, Request, sign_request
from tests.builders.cases import a_case_at, a_picture_at, a_submission
from tests.builders.machines import HALL_URL, Pair

ITEM = "RS-001"


@pytest.fixture
def blob(small_pair: Pair) -> str:
    """The name of a file of 1.2 MB that is whole at the hall."""
    return a_file(small_pair, 1_200_000)


def a_file(pair: Pair, size: int) -> str:
    builder = a_submission(pair.terminal, ITEM)
    picture = a_picture_at(pair.terminal, b"x" * size)
    a_case_at(pair.terminal, builder.with_material(next(iter(builder.attachments)), picture))
    pair.settle()
    store = pair.terminal.parts.blobs
    return next(
        file.name for file in store.root.glob("??/*") if file.stat().st_size == size + 12 + 16
    )


def asked(pair: Pair, method: str, name: str, **headers: str):
    """The hall's answer to a signed request about a file."""
    told = {key.replace("_", "-"): value for key, value in headers.items()}
    request = Request(method, f"{HALL_URL}/sync/v1/blobs/{name}", told)
    sign_request(request, b"", pair.terminal_id, pair.terminal.parts.identity.signing)
    return pair.hall.client().open(request.url, method=method, headers=request.headers)


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [
        ("bytes=0-9", 0, 9),
        ("bytes=1200000-", 1_200_000, 1_200_027),
        ("bytes=1200020-1200999", 1_200_020, 1_200_027),
        ("bytes=-5", 1_200_023, 1_200_027),
        ("bytes=10-1199999", 10, 1_048_585),
        ("bytes=-9999999", 0, 1_048_575),
    ],
)
def test_a_part_says_which_one_it_is_and_is_a_piece_at_most(small_pair, blob, wanted, first, last):
    answer = asked(small_pair, "GET", blob, Range=wanted)
    whole = small_pair.hall.parts.blobs.read(blob)
    assert answer.status_code == 206
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{len(whole)}"
    assert answer.headers["Upload-Length"] == str(len(whole))
    assert answer.data == whole[first : last + 1]


@pytest.mark.parametrize("wanted", ["bytes=1200029-1200030", "bytes=9999999-"])
def test_a_part_behind_the_end_is_refused_with_the_size(small_pair, blob, wanted):
    answer = asked(small_pair, "GET", blob, Range=wanted)
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == "bytes */1200028"
    assert answer.get_json()["status"] == 416


@pytest.mark.parametrize("wanted", ["bytes=1200028-1200030", "bytes=1200028-"])
def test_a_part_right_at_the_end_is_empty_for_a_terminal_of_the_release_before(
    small_pair, blob, wanted
):
    """It takes any other answer for a refusal, and would never give the file its name."""
    answer = asked(small_pair, "GET", blob, Range=wanted)
    assert (answer.status_code, answer.data) == (206, b"")
    assert answer.headers["Upload-Length"] == "1200028"
    assert "Content-Range" not in answer.headers


@pytest.mark.parametrize("wanted", ["", "bytes=9-5", "bytes=a-b", "lines=1-2", "bytes=0-1,3-4"])
def test_a_range_that_is_none_of_one_part_is_passed_over(small_pair, blob, wanted):
    answer = asked(small_pair, "GET", blob, **({"Range": wanted} if wanted else {}))
    assert (answer.status_code, "Content-Range" in answer.headers) == (200, False)
    assert answer.data == small_pair.hall.parts.blobs.read(blob)


def test_a_terminal_that_has_all_pieces_of_a_file_takes_it(small_pair, blob):
    """It was killed before it gave the file its name, and asks for what comes behind the end."""
    piece, size = small_pair.line.fetch_piece(blob, "", 1_200_028, 4)
    assert (piece, size) == (b"", 1_200_028)
    with pytest.raises(HallRefuses):
        small_pair.line.fetch_piece("ab" * 32, "", 0, 4)


def test_of_a_whole_file_the_size_is_told_whatever_length_the_terminal_tells(small_pair, blob):
    told = {"Tus_Resumable": "1.0.0", "Upload_Offset": "0", "Upload_Length": "3"}
    answer = asked(small_pair, "PATCH", blob, **told)
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, "1200028")
