"""Getting this terminal a certificate from its hall: ask, judge, keep.

Neighbours: `kiosk.worker` asks when one is due, `kiosk.cli.terminal` when somebody wants one now.
Imported then, since it costs a megabyte.
"""

from datetime import datetime

from kiosk.config import Config
from kiosk.tls import asking, names
from kiosk.tls.files import TlsFiles
from sync.certify import certify
from sync.push import Line


def renew(line: Line, config: Config) -> datetime:
    """Get a certificate for the names this machine has now, with a new key; return its end.

    Raises LineDown, HallRefuses or BadFrame; ValueError for one that is none; OSError. The present
    one stays then.
    """
    key, wanted = asking.new_key(), names.own(config)
    answer = certify(line, asking.request(key, wanted))
    ends = asking.checked(key, answer.certificate, answer.authority)
    TlsFiles.below(config.data_dir).keep(
        authority=answer.authority,
        certificate=asking.with_key(key, answer.certificate),
        ends=ends,
        names=wanted,
    )
    return ends
