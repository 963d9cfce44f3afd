"""What this machine lets tests do to its disks and its network, asked once, by doing it.

Root on a kernel that offers it: the tests run, and fail when they cannot. Everybody else, and a
root whose very first mount of a kind is refused: they are skipped, with the reason in the summary.
"""

import errno
import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest

LOOPS = Path("/dev/loop-control")


@cache
def refusal() -> str | None:
    """Why nothing can be mounted here, or None."""
    if os.geteuid() != 0:
        return "only root can mount disks; these tests run as another user"
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1m", "probe", folder],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0:
            subprocess.run(["umount", folder], check=True)
            return None
        if os.strerror(errno.EPERM) in done.stderr or "permission denied" in done.stderr:
            return f"the kernel refuses mounts to root here: {done.stderr.strip()}"
        raise AssertionError(f"a mount failed: {done.stderr}")


def need_mounts() -> None:
    """Skip the test where nothing can be mounted."""
    if (reason := refusal()) is not None:
        pytest.skip(reason)


@cache
def loop_refusal() -> str | None:
    """Why no file can be mounted as a disk here, or None: the kernel's own word."""
    if not LOOPS.exists():
        return "this kernel offers no loop devices"
    with tempfile.TemporaryDirectory() as folder:
        image, place = Path(folder) / "image", Path(folder) / "place"
        place.mkdir()
        with image.open("wb") as file:
            file.truncate(8 * 1024 * 1024)
        subprocess.run(["mkfs.ext4", "-q", image], check=True)
        done = subprocess.run(
            ["mount", "-o", "loop", image, place], capture_output=True, text=True, check=False
        )
        if done.returncode == 0:
            subprocess.run(["umount", place], check=True)
            return None
        return f"the kernel mounts no file as a disk here: {done.stderr.strip()}"


def need_loops() -> None:
    """Skip the test where no file can be mounted as a disk."""
    need_mounts()
    if (reason := loop_refusal()) is not None:
        pytest.skip(reason)


@cache
def network_refusal() -> str | None:
    """Why no network can be made here, or None: the kernel's own word."""
    if os.geteuid() != 0:
        return "only root can make networks; these tests run as another user"
    makes = "ip link add probe0 type bridge && ip link add probe1 type veth peer name probe2"
    done = subprocess.run(
        ["unshare", "--net", "sh", "-c", makes], capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return None
    if any(word in done.stderr for word in (os.strerror(errno.EPERM), "not permitted", "Unknown")):
        return f"the kernel refuses networks to root here: {done.stderr.strip()}"
    raise AssertionError(f"no network of one's own: {done.stderr}")


def need_networks() -> None:
    """Skip the test where no network can be made."""
    if (reason := network_refusal()) is not None:
        pytest.skip(reason)
