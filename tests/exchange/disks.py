"""Disks for tests, made of files and memory: small, cut off from power, full, broken.

Each is unmounted when its block ends, whoever still uses it. Needs `privileges`.
"""

import fcntl
import os
import shutil
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

#: EXT4_IOC_SHUTDOWN of linux/fs/ext4/ext4.h, _IOR('X', 125, __u32).
_SHUTDOWN = 0x8004587D
#: Without writing the journal: what was not flushed is lost, as with the power.
_NOLOGFLUSH = 2
_BUSY_SECONDS = 10.0


@dataclass(frozen=True)
class Disk:
    """An ext4 in a file."""

    image: Path
    path: Path

    def cut(self) -> None:
        """End it as a power cut does; until it is mounted again it answers EIO to everything."""
        folder = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.ioctl(folder, _SHUTDOWN, struct.pack("I", _NOLOGFLUSH))
        finally:
            os.close(folder)

    def mount(self) -> None:
        # The loop device goes with the mount.
        subprocess.run(["mount", "-o", "loop", self.image, self.path], check=True)

    def unmount(self) -> None:
        """Take it away; what was killed a moment ago may still hold it for another one."""
        end = time.monotonic() + _BUSY_SECONDS
        while not _unmounted(self.path):
            assert time.monotonic() < end, "somebody still uses the disk"
            time.sleep(0.05)


@contextmanager
def ext4(megabytes: int) -> Iterator[Disk]:
    """Mount an empty ext4; afterwards neither mount nor loop device nor file is left."""
    folder = Path(tempfile.mkdtemp(prefix="disk-"))
    disk = Disk(folder / "image", folder / "mount")
    disk.path.mkdir()
    try:
        with disk.image.open("wb") as image:
            image.truncate(megabytes * 1024 * 1024)
        subprocess.run(["mkfs.ext4", "-q", disk.image], check=True)
        disk.mount()
        yield disk
    finally:
        _unmount_at_last(disk.path)
        shutil.rmtree(folder)


@contextmanager
def memory(megabytes: int) -> Iterator[Path]:
    """Mount a tmpfs of a fixed size."""
    folder = Path(tempfile.mkdtemp(prefix="disk-"))
    try:
        options = f"size={megabytes}m"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "test", folder], check=True)
        yield folder
    finally:
        _unmount_at_last(folder)
        shutil.rmtree(folder)


def fill(ballast: Path) -> None:
    """Leave no byte free on the disk of this file."""
    with ballast.open("wb", buffering=0) as out:
        for block in (bytes(1024 * 1024), bytes(4096)):
            with suppress(OSError):
                while True:
                    out.write(block)


def _unmounted(path: Path) -> bool:
    return subprocess.run(["umount", path], capture_output=True, check=False).returncode == 0


def _unmount_at_last(path: Path) -> None:
    """Unmount also what a process still holds; a lazy unmount lets go with its last user."""
    # Asked of the kernel: a disk that was cut off cannot even be looked at.
    if str(path) in Path("/proc/mounts").read_text() and not _unmounted(path):
        subprocess.run(["umount", "--lazy", path], check=True)
