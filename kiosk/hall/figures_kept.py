"""What the hall's workers do for the figures when it comes round: count what has changed.

Neighbours: `kiosk.figures.keeping` counts; `kiosk.hall_worker` calls, and `kiosk.cli.figures`.
"""

from kiosk.app_services import Services
from kiosk.figures import keeping
from kiosk.figures.baselines import baselines

#: So often (seconds) a worker looks whether there is something to count.
EVERY_SECONDS = 60


def count_all(services: Services) -> int:
    """Count every day and month anew; return how many days there were."""
    days = keeping.every_day()
    keeping.recount(days, baselines(services.releases.current, services.config.data_dir))
    return len(days)


def keep(services: Services) -> None:
    """Count the days that something happened to, for a while; idempotent."""
    keeping.keep(baselines(services.releases.current, services.config.data_dir))
