"""What every exchange test ends with: both sides prove, and agree receipt by receipt."""

import json
from typing import Any

from tests.builders.platforms import RunningPlatform, run_kiosk


def everything_agrees(platform: RunningPlatform) -> dict[str, Any]:
    """Run `kiosk verify --against` over both sides; return what it counted across."""
    folder = platform.folder
    done = run_kiosk("verify", "--data", str(folder / "terminal"), "--against", *where(platform))
    assert done.returncode == 0, done.stdout + done.stderr
    across = json.loads(done.stdout)["across"]
    assert across["created"] == sum(
        across[each] for each in ("applied", "pending", "held", "quarantined", "refused")
    )
    return across


def where(platform: RunningPlatform) -> list[str]:
    """The hall for `--against`: its folder, or the URL of a database elsewhere and its files."""
    config = platform.hall.parts.config
    if config.is_sqlite:
        return [str(config.data_dir)]
    return [config.database, "--files", str(config.data_dir / "blobs")]
