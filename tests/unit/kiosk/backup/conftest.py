"""What tests of backups share: a machine with a recovery key, and the way back to a new folder."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pyrage import x25519

from kiosk import clock
from kiosk.backup import making, recovery_key, restoring, vault
from kiosk.backup.making import Made
from kiosk.backup.restoring import Restored
from tests.builders.machines import Machine


@dataclass(frozen=True)
class Keeper:
    """A folder of backups of one machine, and the secret that opens them."""

    machine: Machine
    folder: Path
    secret: x25519.Identity

    def make(self, days: int = 0) -> Made:
        """Make one, as if `days` later: backups are named by the second."""
        with clock.use(lambda: datetime.now(UTC) + timedelta(days=days)):
            return self.machine.within(making.make, self.machine.parts, self.folder)

    def restore(
        self, target: Path, database: str = "", *, replacing: bool = False, backup: str = ""
    ) -> Restored:
        config = replace(self.machine.parts.config, data_dir=target, database_url=database)
        source = self.folder / backup if backup else self.folder
        return restoring.restore(vault.find(source), config, self.secret, replacing=replacing)


@pytest.fixture
def kept(tmp_path) -> Callable[[Machine], Keeper]:
    """Gives a machine a recovery key and a folder for its backups."""

    def keep(machine: Machine) -> Keeper:
        secret, public = recovery_key.make()
        recovery_key.add_recipient(machine.parts.config.data_dir, public)
        folder = tmp_path / f"backups-{machine.parts.config.role}"
        return Keeper(machine, folder, recovery_key.read(secret))

    return keep


@pytest.fixture
def brought_back(request, hall) -> Callable[[], str]:
    """Gives empty databases like that of `hall` to bring a backup back to; their URLs."""

    def empty() -> str:
        if hall.parts.config.is_sqlite:
            return ""
        server = request.getfixturevalue("postgres")
        server.run("DROP DATABASE IF EXISTS brought_back WITH (FORCE)")
        server.run("CREATE DATABASE brought_back")
        return server.url("brought_back")

    return empty
