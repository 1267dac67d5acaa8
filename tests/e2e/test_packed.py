"""Hostile and damaged packings: what is lost is said, limits hold, time grows with the bytes."""

import json
import random

import pytest

from pack import FIFO, LINK, pack
from tocsin import FOUND, TROUBLE, tocsin

LINE = "Mar 17 09:{:02}:{:02} mail dovecot: imap-login: Login: user=<a{}>, method=PLAIN, rip=192.0.2.7, lip=192.0.2.1, mpid={}, TLS\n"
LOG = [LINE.format(n // 60 % 60, n % 60, n, n).encode() for n in range(1500)]
WHOLE = b"".join(LOG)
ONE = {"mail.log": WHOLE}
SEVERAL = {"a/mail.log.1": b"".join(LOG[:700]), "a/mail.log": b"".join(LOG[700:])}
FORMS = {f"{form} {coat or ''}".strip(): (form, coat)
         for form, coat in [("raw", c) for c in ("gzip", "bzip2", "xz", "zstd", "lz4")] +
         [("gnutar", c) for c in (None, "gzip", "bzip2", "xz", "zstd", "lz4")] + [("zip", None), ("7zip", None)]}
CHECKED = [name for name in FORMS if "zstd" not in name and name != "gnutar"]   # libarchive gives zstd no check sum


def packed(folder, name):
    form, coat = FORMS[name]
    return pack(folder / "evidence.bin", ONE if form == "raw" else SEVERAL, form, coat)


def users(path, *options):
    run = tocsin("decode", "--timezone", "UTC", *options, path)
    return [event.get("user.name") for event in map(json.loads, run.out.splitlines())], run


@pytest.mark.parametrize("name", FORMS)
def test_whole(name, tmp_path):
    found, run = users(packed(tmp_path, name))
    assert run.status == FOUND and not run.err and found == [f"a{n}" for n in range(1500)]


@pytest.mark.parametrize("name", FORMS)
def test_cut_anywhere(name, tmp_path):
    """What is there is right, and what is missing is said: the file, and what to do."""
    path, lot = packed(tmp_path, name), random.Random(name)
    data = path.read_bytes()
    for length in [16 if FORMS[name] != ("gnutar", None) else 600, len(data) - 1, *(lot.randrange(600, len(data)) for _ in range(4))]:
        path.write_bytes(data[:length])
        found, run = users(path)
        assert set(found) - {None} <= {f"a{n}" for n in range(1500)}
        assert len(found) == 1500 or (str(path) in run.err and run.err.rstrip().endswith(")")), (length, len(found), run.err)


@pytest.mark.parametrize("name", CHECKED)
def test_a_bit_that_is_another(name, tmp_path):
    """Found out by the check sum of the packing, wherever it is; no record is made up."""
    path, lot = packed(tmp_path, name), random.Random(name)
    data = path.read_bytes()
    for _ in range(6):
        wrong = bytearray(data)
        wrong[lot.randrange(len(data))] ^= 1 << lot.randrange(8)
        path.write_bytes(wrong)
        found, run = users(path)
        assert found == [f"a{n}" for n in range(1500)] or run.err or name == "zip", (len(found), run.err)


def test_the_mark_of_a_packing_and_no_more(tmp_path):
    """Six bytes of lz4 are no archive within archives."""
    path = tmp_path / "mail.log.lz4"
    path.write_bytes(pack(tmp_path / "whole", ONE, "raw", "lz4").read_bytes()[:6])
    found, run = users(path)
    assert run.status == TROUBLE and not found and "cut or damaged" in run.err and "--limit" not in run.err


MANY = {f"host{n}/mail.log": line for n, line in enumerate(LOG[:300])}


@pytest.mark.parametrize("name", ["zip", "7zip", "gnutar", "gnutar gzip", "gnutar xz"])
def test_many_members(name, tmp_path):
    form, coat = FORMS[name]
    found, run = users(pack(tmp_path / "all", MANY, form, coat))
    assert run.status == FOUND and set(found) == {f"a{n}" for n in range(300)} and len(found) == 300, run.err


def test_a_directory_is_not_walked_for_each_of_many(tmp_path):
    """Beyond the first 64 of a zip each is unpacked once; where there is no room for it, that is said."""
    found, run = users(pack(tmp_path / "all.zip", MANY, "zip"), "--limit", "spool=1K")
    assert run.status == TROUBLE and 64 < len(found) < 300 and run.err.count("--limit spool=N") == 300 - len(found)


def test_small_members_are_read_as_they_lie_where_there_is_no_room(tmp_path):
    found, run = users(pack(tmp_path / "all.tar.gz", MANY, "gnutar", "gzip"), "--limit", "spool=1K")
    assert run.status == FOUND and len(found) == 300, run.err


@pytest.mark.parametrize("name", ["gnutar", "gnutar gzip", "zip"])
def test_links_and_pipes_within(name, tmp_path):
    """None is followed or waited for: one to this machine's own files would bring in other evidence."""
    form, coat = FORMS[name]
    secret = tmp_path / "secret.log"
    secret.write_bytes(LOG[1])
    members = {"mail.log": LOG[0], "link.log": (LINK, str(secret).encode())} | ({"pipe.log": (FIFO, b"")} if form == "gnutar" else {})
    found, run = users(pack(tmp_path / "evidence", members, form, coat))
    assert found == ["a0"] and run.status == FOUND


def test_a_7z_of_one_letter(tmp_path):
    """Two hundred megabytes out of some kilobytes: the limit says so before they are kept."""
    path = pack(tmp_path / "bomb.7z", {"bomb.log": [b"x" * (1 << 20)] * 200, "mail.log": LOG[0]}, "7zip")
    assert path.stat().st_size < 200_000
    found, run = users(path, "--limit", "spool=20M")
    assert run.status == TROUBLE and "--limit spool=N" in run.err and found == ["a0"], run.err
