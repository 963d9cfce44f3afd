"""Machines of a small network on this one: each a network namespace with an address of its own.

What runs inside one sees its addresses and no others; the cable of each can be cut, after which
packets are lost without a word, as at a switch that lost its power. The switch is a bridge in a
namespace of its own, so that nothing of it is seen outside. Needs root; knows no program.
"""

import ctypes
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass
class Network:
    """The switch and what hangs on it; machines are called by short names."""

    prefix: str
    #: Of each machine by its name, in the order in which they came.
    addresses: dict[str, str] = field(default_factory=dict)

    def machine(self, name: str) -> str:
        """Add a machine; return its address."""
        address = self.addresses[name] = f"10.77.0.{len(self.addresses) + 1}"
        space, switch = self._space(name), self._space("switch")
        ip("netns", "add", space)
        ip("link", "add", f"to-{name}", "type", "veth", "peer", "name", "eth0", "netns", space,
           inside=switch)  # fmt: skip
        ip("link", "set", f"to-{name}", "master", "bridge", "up", inside=switch)
        ip("link", "set", "lo", "up", inside=space)
        ip("addr", "add", f"{address}/24", "dev", "eth0", inside=space)
        ip("link", "set", "eth0", "up", inside=space)
        return address

    def cut(self, name: str) -> None:
        """Lose every packet to and from a machine from now on."""
        ip("link", "set", f"to-{name}", "down", inside=self._space("switch"))

    def mend(self, name: str) -> None:
        ip("link", "set", f"to-{name}", "up", inside=self._space("switch"))

    def give(self, address: str, name: str) -> None:
        """Let a machine, and no other, answer to one more address, as the survivor of two does."""
        for other in self.addresses:
            with suppress(subprocess.CalledProcessError):
                ip("addr", "del", f"{address}/24", "dev", "eth0", inside=self._space(other))
        ip("addr", "add", f"{address}/24", "dev", "eth0", inside=self._space(name))
        # Neighbours would go on asking whoever had it before.
        for other in self.addresses:
            ip("neigh", "flush", "all", inside=self._space(other))

    def command(self, name: str) -> list[str]:
        """What stands before a command that is to run on a machine."""
        return ["nsenter", f"--net=/run/netns/{self._space(name)}", "--"]

    def on(self, name: str, does: Callable[[], None]) -> threading.Thread:
        """Run something in a started thread whose sockets are those of a machine."""

        def inside() -> None:
            with Path("/run/netns", self._space(name)).open() as space:
                if _libc.setns(space.fileno(), _CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), "setns")
            does()

        thread = threading.Thread(target=inside)
        thread.start()
        return thread

    def remove(self) -> None:
        for name in (*self.addresses, "switch"):
            with suppress(subprocess.CalledProcessError):
                ip("netns", "del", self._space(name))

    def _space(self, name: str) -> str:
        return f"{self.prefix}-{name}"


def ip(*arguments: str, inside: str = "") -> None:
    """Run `ip`, inside a namespace when one is named (`ip -n` mounts, which a chroot refuses)."""
    before = ["nsenter", f"--net=/run/netns/{inside}", "--"] if inside else []
    subprocess.run([*before, "ip", *arguments], check=True, capture_output=True)


@contextmanager
def network() -> Iterator[Network]:
    """A switch without machines; afterwards nothing of it is left."""
    made = Network(f"jsb{os.getpid()}")
    ip("netns", "add", made._space("switch"))
    try:
        ip("link", "add", "bridge", "type", "bridge", inside=made._space("switch"))
        ip("link", "set", "bridge", "up", inside=made._space("switch"))
        yield made
    finally:
        made.remove()


@dataclass
class Programs:
    """Programs that run on machines of a network, ended with the block."""

    network: Network
    _kept: ExitStack

    def start(
        self, name: str, *command: str, log: Path, **environment: str
    ) -> subprocess.Popen[bytes]:
        with log.open("ab") as told:
            process = subprocess.Popen(
                [*self.network.command(name), *command],
                env={**os.environ, **environment},
                stdout=told,
                stderr=told,
                start_new_session=True,
            )
        self._kept.callback(end, process)
        return process


def end(process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM) -> None:
    """Send a signal to a program and its children; return when it is gone."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, how)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(5)


@contextmanager
def programs(on: Network) -> Iterator[Programs]:
    with ExitStack() as kept:
        yield Programs(on, kept)
