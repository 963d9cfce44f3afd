"""One platform of real processes for the tests of this folder; each leaves it as it found it."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders.platforms import RunningPlatform, running_platform


@pytest.fixture(scope="session")
def platform() -> Iterator[RunningPlatform]:
    # Not in pytest's own folder, whose long names leave no room for the names of sockets.
    folder = Path(tempfile.mkdtemp(prefix="exchange-"))
    with running_platform(folder) as started:
        yield started
    shutil.rmtree(folder)
