"""What the end-to-end tests share: a table at the end, and a word when the program is not built."""

import pytest

from judge import HEADS
from tocsin import TOCSIN

TABLE = pytest.StashKey()


def pytest_configure(config):
    config.stash[TABLE] = []
    if not TOCSIN.exists():
        raise pytest.UsageError(f"{TOCSIN} is not built: run make, or set TOCSIN")


@pytest.fixture
def table(request):
    """Rows of (recording, evidence, cells) to be shown at the end."""
    return request.config.stash[TABLE]


def pytest_sessionfinish(session):
    """One of several processes (pytest-xdist) hands its rows to the one that shows them."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["table"] = session.config.stash[TABLE]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    node.config.stash[TABLE].extend(getattr(node, "workeroutput", {}).get("table", []))


def pytest_terminal_summary(terminalreporter, config):
    rows = [("recording", *HEADS), *sorted(map(tuple, config.stash[TABLE]))]
    if len(rows) == 1:
        return
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    terminalreporter.section("recordings against their truth")
    for row in rows:
        terminalreporter.write_line("  ".join(cell.ljust(w) for cell, w in zip(row, widths)).rstrip())
    terminalreporter.write_line("accounts: right/true+wrong; proven and listed: of what was truly opened;"
                                " false: proven, but never opened")
