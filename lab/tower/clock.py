"""The fake wall clock of the mail host, seen from the driver.

The shared file is read by clock.c in every process of the host: a count, then
pairs (real time from which the jump holds, shift), both in nanoseconds.
"""

import mmap
import struct
import time
from bisect import bisect_right
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
ROOM = 4095
SIZE = 8 + 16 * ROOM


def utc(text):
    """'2026-03-17 13:05' in Paris time, as an aware time."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(timezone.utc)


def stamp(when):
    """RFC 3339 in UTC with milliseconds."""
    return when.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:23] + "Z"


class Clock:
    def __init__(self, path: Path, before_jump=lambda: None):
        self.before_jump = before_jump
        if not path.exists():
            path.write_bytes(bytes(SIZE))
        path.chmod(0o644)
        with path.open("r+b") as file:
            self.map = mmap.mmap(file.fileno(), SIZE)
        count = struct.unpack_from("<Q", self.map)[0]
        self.jumps = [struct.unpack_from("<qq", self.map, 8 + 16 * i) for i in range(count)]

    def at(self, real_ns):
        """What the fake clock read at a moment of real time."""
        index = bisect_right(self.jumps, real_ns, key=lambda jump: jump[0])
        shift = self.jumps[index - 1][1] if index else 0
        return datetime.fromtimestamp((real_ns + shift) / 1e9, timezone.utc)

    def now(self):
        return self.at(time.time_ns())

    def to(self, when):
        """Jump forward to a moment; never back."""
        if self.jumps and when <= self.now():
            return
        self.before_jump()
        real = time.time_ns()
        jump = (real, int(when.timestamp() * 1e6) * 1000 - real)
        if len(self.jumps) == ROOM:
            raise RuntimeError("the clock's table of jumps is full")
        struct.pack_into("<qq", self.map, 8 + 16 * len(self.jumps), *jump)
        self.jumps.append(jump)
        struct.pack_into("<Q", self.map, 0, len(self.jumps))

    def skip(self, seconds):
        self.to(self.now() + timedelta(seconds=seconds))

    def file_time(self, stat):
        """A file's time as the mail host sees it (see clock.c)."""
        return self.at(stat.st_mtime_ns)
