"""The year of records that bear none: told by the end of the file, by New Years within, by a 29th of February."""
import gzip
import json
import os
import subprocess
from datetime import datetime, timedelta, timezone

import pytest

from tocsin import TOCSIN

LOGIN = "mail dovecot: imap-login: Login: user=<ana>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.2, mpid=18, TLS"


def years(path, days, written=datetime(2026, 11, 21, tzinfo=timezone.utc), pack=bytes):
    path.write_bytes(pack("".join(f"{day} {LOGIN}\n" for day in days).encode()))
    os.utime(path, (written.timestamp(),) * 2)
    done = subprocess.run([TOCSIN, "decode", path], capture_output=True, text=True, env={**os.environ, "TZ": "UTC"})
    return [json.loads(line)["@timestamp"][:10] for line in done.stdout.splitlines()]


def hourly(begin, end, step):
    while begin < end:
        yield f"{begin:%b} {begin.day:2} {begin:%H:%M:%S}"
        begin += step


@pytest.mark.parametrize("name, days, want", [
    ("New Year, and further than a year ago", ["Nov 10 01:00:00", "Jan  5 01:00:00", "Nov 20 01:00:00"],
     ["2025-11-10", "2026-01-05", "2026-11-20"]),
    ("a leap day", ["Feb 28 01:00:00", "Feb 29 01:00:00", "Mar  5 01:00:00"], ["2024-02-28", "2024-02-29", "2024-03-05"]),
    ("a leap day behind New Year", ["Dec 30 01:00:00", "Feb 29 01:00:00"], ["2023-12-30", "2024-02-29"]),
    ("a leap day before New Year", ["Feb 29 01:00:00", "Dec 30 01:00:00", "Jan  1 01:00:00"],
     ["2024-02-29", "2024-12-30", "2025-01-01"]),
    ("in no order: never later than the file", ["Nov 10 01:00:00", "Nov 20 01:00:00", "Jan  5 01:00:00", "Nov 20 02:00:00"],
     ["2025-11-10", "2025-11-20", "2026-01-05", "2026-11-20"]),
])
def test_few_lines(tmp_path, name, days, want):
    assert years(tmp_path / "mail.log", days) == want, name


def test_packed(tmp_path):
    assert years(tmp_path / "mail.log.2.gz", ["Feb 28 01:00:00", "Feb 29 01:00:00"], pack=gzip.compress) == ["2024-02-28", "2024-02-29"]


@pytest.mark.parametrize("begin, end", [((2023, 11, 10), (2026, 11, 20)), ((2024, 1, 10), (2024, 11, 20)), ((2025, 12, 1), (2026, 1, 20))])
def test_large_files(tmp_path, begin, end):
    """Too large to be read twice: places in it are looked at."""
    begin, end = datetime(*begin), datetime(*end)
    got = years(tmp_path / "mail.log", hourly(begin, end, (end - begin) / 6000))
    assert (got[0], got[-1]) == (f"{begin:%Y-%m-%d}", f"{end - timedelta(hours=1):%Y-%m-%d}"[:8] + got[-1][8:])
    assert len(got) >= 6000
