"""What cannot be written beside the database: the database alone decides whether a case is kept."""

from pathlib import Path

from tests.builders.cases import a_case_at
from tests.builders.machines import Pair


def in_the_way(folder: Path, name: str) -> None:
    """Put something where a file would be opened."""
    (folder / name).unlink(missing_ok=True)
    (folder / name).mkdir()


def test_without_the_file_that_orders_writers_the_database_is_asked_all_the_same(small_pair: Pair):
    in_the_way(small_pair.terminal.parts.config.data_dir, "terminal.db-turn")
    assert len(a_case_at(small_pair.terminal).number) == 15


def test_a_disk_that_takes_no_writes_is_told_although_it_has_space(small_pair: Pair):
    client = small_pair.terminal.client()
    assert client.get("/healthz").get_json()["parts"]["disk"]["ok"]
    in_the_way(small_pair.terminal.parts.config.data_dir, "healthz")
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.get_json()["parts"]["disk"] == {"ok": False, "reason": "Is a directory"}
