"""As fast as it goes through a running server process: nothing lost, nothing twice, the books balance, memory flat.

Small by default; ``ACDCORE_FLAT_OUT=100000 pytest tests/test_flat_out.py`` runs it in full size.
"""

from __future__ import annotations

import os

import pytest
from typer.testing import CliRunner

from acdcore.bench import flat_out
from acdcore.bench.command_line import program

FULL = 50_000
"""From this size on a run is long enough to tell whether memory stays flat."""


@pytest.mark.plain
def test_as_fast_as_it_goes_through_a_running_server() -> None:
    interactions = int(os.environ.get("ACDCORE_FLAT_OUT", "2000"))
    result = flat_out.run_flat_out(interactions, agents=500 if interactions >= FULL else 60)
    print(flat_out.report(result))
    assert result.problems() == []
    assert result.looks > 50
    assert result.server_abandoned > interactions // 100
    if interactions >= FULL:
        assert result.memory_flat, f"{result.rss_first_third:.1f} MiB grew to {result.rss_end:.1f} MiB"


def balanced() -> flat_out.FlatOutResult:
    """A result of a run in which everything went well."""
    result = flat_out.FlatOutResult(3, 2, seconds=1.0, calls=9, looks=1, server_completed=2, server_abandoned=1)
    result.answered.update(["a", "b"])
    result.cancelled.add("c")
    result.rss_mib = [50.0, 60.0, 61.0]
    result.enqueue_seconds = [0.001, 0.002, 0.003]
    return result


def test_a_balanced_run_has_no_problems() -> None:
    assert balanced().problems() == []
    assert "9" in flat_out.report(balanced())


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda r: r.cancelled.clear(), "lost"),
        (lambda r: r.answered.update(["a"]), "twice"),
        (lambda r: setattr(r, "looks_that_did_not_add_up", 1), "add up"),
        (lambda r: setattr(r, "server_open", 1), "open"),
        (lambda r: setattr(r, "server_completed", 1), "another number"),
        (lambda r: r.surprises.update(["INTERNAL"]), "INTERNAL"),
    ],
)
def test_what_does_not_hold_is_found(spoil, problem: str) -> None:  # type: ignore[no-untyped-def]
    result = balanced()
    spoil(result)
    assert any(problem in found for found in result.problems())


def test_memory_that_grows_is_found() -> None:
    result = balanced()
    result.rss_mib = [50.0, 50.0, 56.0]
    assert not result.memory_flat
    result.rss_mib = [50.0, 50.0, 54.0]
    assert result.memory_flat


def test_the_center_has_as_many_agents_as_were_asked_for() -> None:
    from acdcore.config import parse_center
    from acdcore.embedded import Router

    router = Router.from_center(parse_center(flat_out.center_text(7), "flat-out.yaml"))
    names = flat_out.agent_names(7)
    assert [router.agent(name).agent for name in names] == names
    assert len(names) == 7


def test_wrong_numbers_are_refused() -> None:
    done = CliRunner().invoke(program(flat_out.main), ["--agents", "2"])
    assert done.exit_code == 2
    assert "'--agents': 2; allowed: whole numbers from 3" in done.stderr
