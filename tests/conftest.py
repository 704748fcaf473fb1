"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import acdcore

ROOT = Path(__file__).resolve().parent.parent


def pytest_configure() -> None:
    """Refuse to test another build than the one that was asked for (``make debug`` names it)."""
    wanted = os.environ.get("ACDCORE_TEST_BUILD")
    if wanted and not Path(acdcore.__file__).is_relative_to(wanted):
        pytest.exit(f"asked to test the build in {wanted}, but acdcore comes from {acdcore.__file__}", returncode=4)


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
