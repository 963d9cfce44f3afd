"""Two `kiosk catalogue release` at once, as real processes: both count, one after the other."""

import hashlib
import os
import subprocess

from sqlalchemy import select

from sync import releases
from sync.releases import Release
from tests.builders.cases import SHORT_ITEM
from tests.builders.machines import Pair
from tests.builders.platforms import KIOSK
from tests.builders.releases import renamed


def test_two_commands_at_once_leave_one_current_release_that_every_part_agrees_on(
    small_pair: Pair, tmp_path
) -> None:
    hall, terminal = small_pair.hall, small_pair.terminal
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KIOSK_")}
    environment = {**kept, "KIOSK_DATA_DIR": str(hall.parts.config.data_dir)}
    commands = []
    for name in ("甲", "乙"):
        content = renamed(hall.parts.catalogue, SHORT_ITEM, name)
        file = tmp_path / f"{hashlib.sha256(content).hexdigest()}.json"
        file.write_bytes(content)
        commands.append(
            subprocess.Popen(
                [KIOSK, "catalogue", "release", str(file)],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
    complaints = [command.communicate(timeout=120)[1] for command in commands]
    assert [command.returncode for command in commands] == [0, 0], complaints
    with hall.reading() as session:
        rows = {row.sha256: row.state for row in session.scalars(select(Release))}
        current = releases.current_of(session)
    assert current is not None
    assert sorted(rows.values()) == [releases.CURRENT, releases.KEPT]
    assert hall.parts.catalogue.release == current.sha256
    assert all(hall.parts.releases.holds(each) for each in rows)
    small_pair.settle()
    assert terminal.parts.catalogue.release == current.sha256
