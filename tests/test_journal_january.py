"""A month of a real bank in one journal: replayed by other processes, under other hash seeds, it comes to one state."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from acdcore.bench.command_line import program
from acdcore.bench.journal_replay import SEEDS, live, main, replayed, report


@pytest.mark.plain
@pytest.mark.slow
def test_january_comes_to_one_state_wherever_it_is_replayed(shared_dir: Path, tmp_path: Path) -> None:
    record = shared_dir / "data" / "anonymous-bank" / "1999-01.csv.gz"
    if not record.is_file():
        pytest.skip(f"needs the bank's record in {record}")
    lived = live(record, tmp_path / "january")
    told = [replayed(tmp_path / "january", seed) for seed in SEEDS]
    assert len(SEEDS) == 2
    assert [one["state_hash"] for one in told] == [lived.state, lived.state]
    assert told[0]["decisions"] == told[1]["decisions"] > 25_000
    assert told[0]["digests"] == lived.days + 1
    shown = report(lived, told)
    assert max(map(len, shown.splitlines())) <= 80
    assert f"{told[0]['decisions'] / told[0]['seconds']:,.0f}" in shown


@pytest.mark.plain
def test_what_is_no_record_is_told(tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n", encoding="utf-8")
    for path, said in ((tmp_path / "nothing.csv", "does not exist"), (other, "'a' is not a column")):
        done = CliRunner().invoke(program(main), [str(path)])
        assert done.exit_code == 2
        assert said in " ".join(re.sub(r"[│╭╮╰╯─]", " ", done.stderr).split())
