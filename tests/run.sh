#!/bin/bash
# pytest with the given arguments, its temporary files in memory where there is plenty of it: every
# submission waits for the disk, and ten thousands of them are made. Nothing of it is left behind.
set -euo pipefail

plenty_kb=6000000
memory=/dev/shm
here=$(findmnt -no FSTYPE,OPTIONS --target "$memory" 2>/dev/null | tail -n 1 || true)
free_kb=$(awk '/^MemAvailable:/ {print $2}' /proc/meminfo)
room_kb=$(df --output=avail -k "$memory" 2>/dev/null | tail -n 1 || echo 0)

if [[ $here == tmpfs* && $here != *noexec* && $free_kb -gt $plenty_kb && $room_kb -gt $plenty_kb ]]; then
  folder=$(mktemp -d -p "$memory" jishiban-tests.XXXXXX)
  trap 'rm -rf "$folder"' EXIT
  export TMPDIR=$folder
fi
.venv/bin/pytest "$@"
