"""What all tests share."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

# Before NumPy is imported, and for whatever tests start: as many threads as processors in each of as many workers
# would spend their time waiting for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import acdcore

ROOT = Path(__file__).resolve().parent.parent


def pytest_configure() -> None:
    """Refuse to test another build than the one that was asked for (``make debug`` names it).

    Whatever is started by tests hears of Ctrl-C, also where they themselves are in the background of a shell, which
    has told them not to.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    wanted = os.environ.get("ACDCORE_TEST_BUILD")
    if wanted and not Path(acdcore.__file__).is_relative_to(wanted):
        pytest.exit(f"asked to test the build in {wanted}, but acdcore comes from {acdcore.__file__}", returncode=4)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out files of which no test is wanted before they are imported: under the sanitizers that takes long."""
    wanted = str(config.option.markexpr).split(" and ")
    if "not plain" not in wanted or not collection_path.match("test_*.py"):
        return None
    return "\npytestmark = pytest.mark.plain\n" in collection_path.read_text(encoding="utf-8") or None


def pytest_addoption(parser: pytest.Parser) -> None:
    """Say how many random commands the two routers are held to each other with."""
    parser.addoption("--commands", type=int, default=32_000, help="random commands of test_differential.py")


@pytest.fixture(scope="session")
def fuzz_commands(request: pytest.FixtureRequest) -> int:
    """How many random commands the differential run is to try."""
    return int(request.config.getoption("--commands"))


@pytest.fixture(autouse=True, scope="session")
def state_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where servers that are not told otherwise keep their journals: never in the home of whoever tests."""
    folder = tmp_path_factory.mktemp("state")
    os.environ["XDG_STATE_HOME"] = str(folder)
    return folder


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder of reference data beside the repository; tests that need it are skipped where it is absent."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip(f"needs reference data in {folder}")
    return folder
