"""A terminal and its hall as real processes, with a line that can be cut.

Neighbours: `kiosk.cli.platform` runs them; the hall stops and starts through its supervisor.
"""

from dataclasses import dataclass
from pathlib import Path

import urllib3

from kiosk.cli.platform import Platform
from tests.browser.waiting import wait_until


@dataclass(frozen=True)
class Station:
    """The platform, and the folder in which it keeps everything."""

    platform: Platform
    folder: Path

    @property
    def terminal(self) -> str:
        return self.platform.terminal

    @property
    def hall(self) -> str:
        return self.platform.hall

    def cut_the_line(self) -> None:
        """Stop the hall's processes; return when they are gone."""
        self.platform.supervisor.stop_group("hall")
        wait_until(lambda: not self._hall_answers())

    def restore_the_line(self) -> None:
        """Start the hall's processes; return when it answers. Idempotent."""
        self.platform.supervisor.start_group("hall")
        wait_until(self._hall_answers)

    def close(self) -> None:
        """Stop the terminal's processes: for its tablets there is no network any more."""
        self.platform.supervisor.stop_group("terminal")

    def open(self) -> None:
        """Start the terminal's processes; return when it answers. Idempotent."""
        self.platform.supervisor.start_group("terminal")
        wait_until(lambda: _answers(self.terminal))

    def _hall_answers(self) -> bool:
        return _answers(self.hall)


def _answers(address: str) -> bool:
    try:
        answer = urllib3.request("GET", f"{address}/healthz", retries=False, timeout=2.0)
    except urllib3.exceptions.HTTPError:
        return False
    return answer.status == 200
