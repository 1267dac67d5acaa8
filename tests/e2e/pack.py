"""Archives and compressed files of every kind, written by libarchive, which tocsin reads them with: no program is needed."""

import ctypes
from pathlib import Path

FINE, REGULAR, LINK, FIFO = 0, 0o100000, 0o120000, 0o010000


def load():
    lib = ctypes.CDLL("libarchive.so.13")
    pointer, text = ctypes.c_void_p, ctypes.c_char_p
    for name, gives, takes in (
            ("archive_write_new", pointer, []), ("archive_write_set_format_by_name", ctypes.c_int, [pointer, text]),
            ("archive_write_add_filter_by_name", ctypes.c_int, [pointer, text]),
            ("archive_write_open_filename", ctypes.c_int, [pointer, text]),
            ("archive_write_header", ctypes.c_int, [pointer, pointer]),
            ("archive_write_data", ctypes.c_ssize_t, [pointer, text, ctypes.c_size_t]),
            ("archive_write_free", ctypes.c_int, [pointer]), ("archive_error_string", text, [pointer]),
            ("archive_entry_new", pointer, []), ("archive_entry_free", None, [pointer]),
            ("archive_entry_set_pathname", None, [pointer, text]), ("archive_entry_set_size", None, [pointer, ctypes.c_int64]),
            ("archive_entry_set_filetype", None, [pointer, ctypes.c_uint]), ("archive_entry_set_perm", None, [pointer, ctypes.c_uint]),
            ("archive_entry_set_mtime", None, [pointer, ctypes.c_int64, ctypes.c_long]),
            ("archive_entry_set_symlink", None, [pointer, text])):
        function = getattr(lib, name)
        function.restype, function.argtypes = gives, takes
    return lib


LIB = load()


def member(archive, name, data, kind, when):
    """`data`: bytes, or pieces of them."""
    pieces = [data] if isinstance(data, bytes) else list(data)
    entry = LIB.archive_entry_new()
    LIB.archive_entry_set_pathname(entry, name.encode())
    LIB.archive_entry_set_filetype(entry, kind)
    LIB.archive_entry_set_perm(entry, 0o644)
    LIB.archive_entry_set_mtime(entry, when, 0)
    if kind == LINK:
        LIB.archive_entry_set_symlink(entry, pieces.pop())
    LIB.archive_entry_set_size(entry, sum(map(len, pieces)))
    fine = LIB.archive_write_header(archive, entry) == FINE
    LIB.archive_entry_free(entry)
    if not fine or any(LIB.archive_write_data(archive, piece, len(piece)) < 0 for piece in pieces):
        raise OSError(LIB.archive_error_string(archive).decode())


def pack(path, members, form="gnutar", coat=None, when=1773792000):
    """form: 7zip, zip, gnutar, or raw for one compressed file; coat: gzip, bzip2, xz, zstd, lz4.  A member is bytes, pieces of
    bytes, or (kind, target)."""
    archive = LIB.archive_write_new()
    for did in (LIB.archive_write_set_format_by_name(archive, form.encode()),
                LIB.archive_write_add_filter_by_name(archive, coat.encode()) if coat else FINE,
                LIB.archive_write_open_filename(archive, str(path).encode())):
        if did != FINE:
            raise OSError(LIB.archive_error_string(archive).decode())
    for name, data in members.items():
        kind, data = data if isinstance(data, tuple) else (REGULAR, data)
        member(archive, name, data, kind, when)
    if LIB.archive_write_free(archive) != FINE:
        raise OSError(f"{path} was not written")
    return Path(path)
