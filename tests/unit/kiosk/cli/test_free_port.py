"""Ports for the servers of a platform: nobody has them, and no outgoing connection takes them."""

import socket
from pathlib import Path

import pytest

from kiosk.cli import platform


def test_it_is_none_that_the_kernel_gives_to_outgoing_connections():
    told = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text()
    first, last = map(int, told.split())
    assert not {platform.free_port() for _ in range(50)} & set(range(first, last + 1))


def test_one_in_use_is_left_out_whichever_address_has_it(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("", 0)) as other:
        taken = [server.getsockname()[1] for server in (one, other)]
        monkeypatch.setattr(platform, "_PORTS", taken * 50)
        with pytest.raises(OSError, match="no free port"):
            platform.free_port()
