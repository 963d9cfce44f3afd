"""Settings: read from the environment, checked, and a wrong one stops the start with its name."""

import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.config import READERS, BadConfig, Config, from_environment, variables


def test_without_settings_each_role_has_its_own_port_and_folder():
    terminal, hall = from_environment("terminal", {}), from_environment("hall", {})
    assert (terminal.listen, hall.listen) == ("127.0.0.1:8200", "127.0.0.1:8100")
    assert terminal.data_dir.name == "terminal"
    assert hall.data_dir.name == "hall"


def test_what_is_set_is_taken():
    found = from_environment(
        "hall",
        {
            "KIOSK_DATA_DIR": "/srv/data",
            "KIOSK_LISTEN": "0.0.0.0:9000",
            "KIOSK_DATABASE_URL": "postgresql+psycopg://u:p@h/d",
            "KIOSK_REDIS_URL": "redis://r:6379/2",
            "KIOSK_WEB_PROCESSES": "8",
            "KIOSK_SECURE_COOKIES": "1",
            "PATH": "/bin",
            # No setting: tests alone make a process end itself (sync.faultpoint).
            "KIOSK_FAULT_POINT": "push.sealed",
        },
    )
    assert found.data_dir == Path("/srv/data")
    assert (found.listen, found.web_processes, found.secure_cookies) == ("0.0.0.0:9000", 8, True)
    assert (found.database, found.redis) == ("postgresql+psycopg://u:p@h/d", "redis://r:6379/2")


@pytest.mark.parametrize("name", ["KIOSK_DATADIR", "KIOSK_ROLE", "KIOSK_", "KIOSK_data_dirs"])
def test_a_setting_that_there_is_not_stops_the_start_and_is_named(name):
    with pytest.raises(BadConfig, match=f"^{name} is not a setting"):
        from_environment("terminal", {name: "x"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KIOSK_LISTEN", "8200"),
        ("KIOSK_LISTEN", ":8200"),
        ("KIOSK_LISTEN", "localhost:http"),
        ("KIOSK_LISTEN", "localhost:70000"),
        ("KIOSK_REDIS_URL", "http://r"),
        ("KIOSK_DATABASE_URL", "mysql://x"),
        ("KIOSK_DATABASE_URL", "postgresql+psycopg://h/d"),
        ("KIOSK_WEB_PROCESSES", "0"),
        ("KIOSK_YELLOW_PERCENT", "91"),
        ("KIOSK_YELLOW_DAYS", "31"),
        ("KIOSK_WEB_PROCESSES", "-1"),
        ("KIOSK_WEB_PROCESSES", "two"),
        ("KIOSK_WEB_PROCESSES", "²"),
        ("KIOSK_WEB_THREADS", ""),
        ("KIOSK_SECURE_COOKIES", "yes"),
        ("KIOSK_TRUSTED_PROXIES", "6"),
        ("KIOSK_LOG_LEVEL", "INFO"),
        ("KIOSK_PUBLIC_URL", "192.168.3.7:8200"),
        ("KIOSK_PUBLIC_URL", "http://192.168.3.7:8200/kiosk"),
        ("KIOSK_PUBLIC_URL", "ftp://192.168.3.7"),
        ("KIOSK_PUBLIC_URL", "http://me@192.168.3.7"),
        ("KIOSK_STATION_OPEN", "09:00-11:30 always"),
        ("KIOSK_STATION_OPEN", "08:00-18:00 09:00-10:00"),
        ("KIOSK_STATION_OPEN", "13:00-17:00 09:00-13:30"),
    ],
)
def test_a_wrong_value_stops_the_start_and_is_named(name, value):
    with pytest.raises(BadConfig, match=f"^{name}: "):
        from_environment("terminal", {name: value})


def test_a_terminal_keeps_to_sqlite_and_a_hall_may_not():
    url = {"KIOSK_DATABASE_URL": "postgresql+psycopg://h/d"}
    assert not from_environment("hall", url).is_sqlite


def test_every_setting_of_the_configuration_can_be_read_and_the_other_way_round():
    settings = set(Config.__dataclass_fields__) - {"role"}
    assert settings == set(READERS)
    assert variables() == [
        f"KIOSK_{name.upper()}" for name in Config.__dataclass_fields__ if name != "role"
    ]


def test_the_command_says_it_in_one_line_and_ends_with_2(tmp_path):
    command = Path(sys.executable).with_name("kiosk")
    done = subprocess.run(
        [command, "outbox", "status"],
        env={"KIOSK_DATA_DIR": str(tmp_path), "KIOSK_COLOUR": "red", "PATH": ""},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "kiosk: KIOSK_COLOUR is not a setting; see docs/operations.md\n"


def test_opening_hours_may_be_unknown():
    assert from_environment("terminal", {"KIOSK_STATION_OPEN": ""}).station_open == ""


def test_a_hall_misses_terminals_at_any_time_until_it_is_told_when_they_are_open():
    assert from_environment("hall", {}).station_open == ""
    told = from_environment("hall", {"KIOSK_STATION_OPEN": "09:00-12:00"})
    assert told.station_open == "09:00-12:00"
    assert from_environment("terminal", {}).station_open != ""


def test_sentinels_are_named_with_what_they_call_the_server():
    url = "sentinel://a:26379,b:26379/bell?db=1"
    assert from_environment("hall", {"KIOSK_REDIS_URL": url}).redis == url


@pytest.mark.parametrize(
    "url", ["sentinel://a/bell", "sentinel://a:1", "sentinel://a:1,/bell", "sentinel://a:1/b?x=1"]
)
def test_sentinels_that_cannot_be_asked_stop_the_start(url):
    with pytest.raises(BadConfig, match="KIOSK_REDIS_URL: must be sentinel://"):
        from_environment("hall", {"KIOSK_REDIS_URL": url})
