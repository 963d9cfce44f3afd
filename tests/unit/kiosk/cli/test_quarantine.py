"""`kiosk hall quarantine`: lists without contents, decides by an admin's account alone."""

import json

from tests.builders.clerks import an_account
from tests.builders.commands import run_here
from tests.builders.platforms import run_kiosk
from tests.builders.poison import Desk, a_poisoned_supply, told


def test_what_waits_is_listed_and_set_aside_from_the_command_line(small_pair):
    case_id = a_poisoned_supply(small_pair)
    told(small_pair, "case.withdrawn", case_id, {})
    small_pair.push()
    an_account(small_pair.hall, "admin")
    an_account(small_pair.hall, "clerk")
    an_account(small_pair.hall, "admin", "another")
    two = ("--second", "another")
    here = {"KIOSK_DATA_DIR": str(small_pair.hall.parts.config.data_dir)}
    listed = run_kiosk("hall", "quarantine", "list", "--reason", "poison", **here)
    (line,) = (json.loads(each) for each in listed.stdout.splitlines())
    assert (line["entry"], line["reason"], line["behind"]) == ("100001/1/2", "UnknownMode", 1)
    assert "teleported" not in listed.stdout
    entry, why = line["entry"], ("--why", "重复")
    replayed = run_here("hall", "quarantine", "replay", entry, "--by", "admin", **here)
    assert replayed.stdout == "quarantined\n"
    for by, names in (("clerk", "clerk is not an active admin's account"), ("nobody", "nobody")):
        refused = run_here("hall", "quarantine", "set-aside", entry, "--by", by, *two, *why, **here)
        assert (refused.returncode, names in refused.stderr) == (2, True)
    done = run_here("hall", "quarantine", "set-aside", entry, "--by", "admin", *two, *why, **here)
    assert done.stdout == "refused\n", done.stderr
    assert Desk(small_pair).verdicts() == ["applied", "refused", "applied"]
    again = run_here("hall", "quarantine", "set-aside", entry, "--by", "admin", *two, *why, **here)
    assert again.returncode == 2
    assert "dealt with" in again.stderr
