"""The command: which measurement gives which figures, and the lines they are printed as.

Every measurement makes a stage of its own and clears it away, so that any of them can be asked for
alone and in any order.
"""

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict

from tests.bench import (
    arriving,
    crowding,
    draining,
    exporting,
    fanning,
    footprint,
    growing,
    judging,
    overseeing,
    peers,
    scanning,
    submitting,
    tablets,
    thin,
    year,
)
from tests.bench.figure import Figure

Measurement = Callable[[], Iterable[Figure]]

MEASUREMENTS: Mapping[Measurement, tuple[str, ...]] = {
    judging.measure: ("catalogue_load", "catalogue_load_yaml", "validate_p50", "search_p50"),
    judging.rendering: ("render_p50",),
    submitting.offline: ("submit_rate", "submit_p99", "submit_cpu"),
    submitting.line_up: ("submit_rate_line_up",),
    arriving.one_by_one: ("submit_to_hall_p50",),
    arriving.acknowledged: ("put_ack_p50",),
    draining.backlog: ("drain_rate", "drain_fraction", "drain_memory"),
    draining.wire: ("wire_bytes_per_case", "wire_bytes_per_large_case"),
    fanning.measure: ("fanin_ack_p99",),
    crowding.measure: ("fanin_rows_ratio",),
    growing.measure: ("growth_ratio",),
    overseeing.measure: ("state_behind", "overview_p95", "worklist_p95", "decision_p95"),
    thin.measure: ("thin_line_drain", "thin_line_overtake"),
    peers.pouchdb: ("peer_pouchdb_rate",),
    peers.morango: ("peer_morango_rate",),
    draining.submitting: ("submit_p99_draining",),
    scanning.measure: ("scan_p50",),
    footprint.memory: ("terminal_pss",),
    footprint.first_page: ("home_bytes", "form_bytes"),
    footprint.pages: ("page_p50",),
    tablets.offline: ("offline_cache_bytes", "offline_start", "offline_form", "draft_save"),
    tablets.drain: ("tablet_drain",),
    exporting.measure: ("export_memory",),
    year.measure: ("year_statistics",),
}


def main(wanted: list[str]) -> int:
    """Print the wanted figures, or all of them; 2 for a name that does not exist."""
    known = {name for names in MEASUREMENTS.values() for name in names}
    if unknown := sorted(set(wanted) - known):
        print(f"no such figure: {', '.join(unknown)}; there are {', '.join(sorted(known))}")
        return 2
    for measure, names in MEASUREMENTS.items():
        if wanted and not set(names) & set(wanted):
            continue
        for figure in measure():
            if not wanted or figure.name in wanted:
                print(json.dumps(asdict(figure), ensure_ascii=False), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
