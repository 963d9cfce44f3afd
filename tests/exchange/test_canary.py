"""A stolen terminal tells nothing: no name, number or phone of a resident lies about anywhere."""

from pathlib import Path

import pytest

from forms.fields.identifiers import resident_id_check
from tests.builders.cases import a_submission
from tests.builders.platforms import Application, RunningPlatform, until

_BODY = "32058219710517" + "437"
CANARIES = {
    "name": "欧阳鹮鹬",
    "id_number": _BODY + resident_id_check(_BODY),
    "phone": "13912980467",
}


def files_with(folder: Path, text: str) -> list[str]:
    """All files below the folder that hold the text, in any encoding that could be met."""
    forms = [
        text.encode(),
        text.encode("utf-16-le"),
        text.encode("gb18030"),
        ascii(text)[1:-1].encode(),
    ]
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and any(form in path.read_bytes() for form in forms)
    ]


def an_application(platform: RunningPlatform) -> Application:
    builder = a_submission(platform.terminal)
    for field, value in CANARIES.items():
        builder = builder.answering(f"applicant.{field}", value)
    return Application(builder.body())


def everything_of_the_terminal(platform: RunningPlatform) -> list[Path]:
    parts = [platform.folder / "terminal", platform.folder / "redis", platform.folder / "log"]
    assert all(part.is_dir() for part in parts)
    return parts


@pytest.mark.parametrize("hall_is_up", [True, False])
def test_no_file_of_a_terminal_names_its_residents(platform, hall_is_up):
    if not hall_is_up:
        platform.stop("hall-web")
    try:
        assert platform.submit(an_application(platform)) is not None
        refused = an_application(platform)
        refused.body["answers"]["applicant"]["phone"] += "-no"
        with pytest.raises(AssertionError, match="phone"):
            platform.submit(refused)
        if hall_is_up:
            until(platform.all_delivered, 40, "the case at the hall")
        with platform.redis() as redis:
            redis.bgrewriteaof()
        for part in everything_of_the_terminal(platform):
            for canary in CANARIES.values():
                assert files_with(part, canary) == []
    finally:
        if not hall_is_up:
            platform.start("hall-web")


def test_the_search_would_have_found_them(tmp_path):
    for number, text in enumerate(CANARIES.values()):
        (tmp_path / str(number)).write_text(f"x{text}y")
        assert files_with(tmp_path, text) == [str(number)]
