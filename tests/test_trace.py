"""The trace layout: what is read, what is refused and how, and the converter from the bank's own layout."""

from __future__ import annotations

import datetime as dt
import gzip
from pathlib import Path

import pytest

from acdcore.sim.bank_trace import BANK_COLUMNS, main, read_any, read_bank
from acdcore.sim.trace import COLUMNS, TraceCall, TraceError, read_trace, write_trace

pytestmark = pytest.mark.plain

HEADER = ",".join(COLUMNS)
GOOD = "c1,2024-02-29,36000,sales,vip,12.5,answered,180,anna"


def write(folder: Path, *lines: str, name: str = "trace.csv") -> Path:
    path = folder / name
    text = "\n".join(lines) + "\n"
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


@pytest.mark.parametrize("name", ["trace.csv", "trace.csv.gz"])
def test_reads_plain_and_compressed(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, HEADER, GOOD, "c0,2024-02-29,35999.25,sales,,0,abandoned,,", name=name)
    assert read_trace(path) == [
        TraceCall("c0", dt.date(2024, 2, 29), 35999.25, "sales", "", 0.0, False, 0.0, ""),
        TraceCall("c1", dt.date(2024, 2, 29), 36000.0, "sales", "vip", 12.5, True, 180.0, "anna"),
    ]


def test_columns_in_any_order_and_optional_ones_left_out(tmp_path: Path) -> None:
    path = write(tmp_path, "outcome,wait_s,queue,arrived_s,day,call_id", "abandoned,7,sales,1,2024-01-01,x")
    [call] = read_trace(path)
    assert (call.call_id, call.tier, call.agent, call.answered, call.answered_s) == ("x", "", "", False, 8.0)


@pytest.mark.parametrize("name", ["copy.csv", "copy.csv.gz"])
def test_what_is_written_reads_back(tmp_path: Path, name: str) -> None:
    calls = read_trace(write(tmp_path, HEADER, GOOD, "c2,2024-02-29,36000.125,Größe,vip,3,abandoned,,"))
    assert write_trace(tmp_path / name, calls) == 2
    assert read_trace(tmp_path / name) == calls


@pytest.mark.parametrize(
    ("column", "value", "allowed"),
    [
        ("call_id", "", "1 to 128 bytes"),
        ("call_id", "x" * 129, "1 to 128 bytes"),
        ("call_id", "a\tb", "without control characters"),
        ("call_id", "a\u202eb", "without control characters"),
        ("day", "1999-02-29", "YYYY-MM-DD"),
        ("day", "19990228", "YYYY-MM-DD"),
        ("arrived_s", "86400", "0 <= x < 86400"),
        ("arrived_s", "-1", "0 <= x < 86400"),
        ("arrived_s", "nan", "0 <= x < 86400"),
        ("arrived_s", "1e3", "0 <= x < 86400"),
        ("arrived_s", "", "0 <= x < 86400"),
        ("queue", "", "1 to 128 bytes"),
        ("tier", "x" * 129, "or empty"),
        ("wait_s", "inf", "0 <= x <= 86400"),
        ("wait_s", "86400.5", "0 <= x <= 86400"),
        ("outcome", "HANG", "'answered' or 'abandoned'"),
        ("handle_s", "", "0 <= x <= 86400"),
        ("handle_s", "٣", "0 <= x <= 86400"),
        ("agent", "x" * 129, "or empty"),
    ],
)
def test_a_bad_value_is_named_with_its_place_and_what_is_allowed(
    tmp_path: Path, column: str, value: str, allowed: str
) -> None:
    fields = GOOD.split(",")
    fields[COLUMNS.index(column)] = value
    with pytest.raises(TraceError) as caught:
        read_trace(write(tmp_path, HEADER, GOOD.replace("c1", "c9"), ",".join(fields)))
    error = caught.value
    assert (error.line, error.column, error.value) == (3, column, value.strip())
    assert allowed in error.allowed
    assert f"trace.csv:3: column {column!r}" in str(error)


@pytest.mark.parametrize(
    ("lines", "line", "message"),
    [
        ([], 0, "a file with a header line"),
        ([HEADER], 0, "at least one call"),
        ([HEADER + ",colour", GOOD + ",red"], 1, "'colour' is not a column of a trace: call_id, day"),
        ([HEADER + ",agent", GOOD + ",anna"], 1, "allowed twice"),
        ([HEADER.replace("wait_s,", ""), GOOD], 1, "has the column 'wait_s'"),
        ([HEADER, GOOD + ",more"], 2, "'10 fields' is not 9 fields"),
        ([HEADER, GOOD, "", GOOD], 4, "new on 2024-02-29 (line 2 has it)"),
        ([HEADER, GOOD.replace("answered", "abandoned")], 2, "empty, as the call was abandoned"),
        ([HEADER, 'c2,"2024'], 2, "balanced quotes"),
    ],
)
def test_a_bad_layout_is_named(tmp_path: Path, lines: list[str], line: int, message: str) -> None:
    with pytest.raises(TraceError) as caught:
        read_trace(write(tmp_path, *lines) if lines else empty(tmp_path))
    assert caught.value.line == line
    assert message in str(caught.value)


def empty(folder: Path) -> Path:
    path = folder / "trace.csv"
    path.touch()
    return path


@pytest.mark.parametrize(
    ("content", "name", "allowed"),
    [
        (b"call_id\xff\n", "trace.csv", "UTF-8 text"),
        (b"not gzip", "trace.csv.gz", "a whole gzip file"),
        (gzip.compress(HEADER.encode() * 99, mtime=0)[:-9], "trace.csv.gz", "a whole gzip file"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes, name: str, allowed: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(TraceError, match=allowed):
        read_trace(tmp_path / name)


# Made up for this test; the bank's layout with one row for each fault that its record is known for.
BANK_ROWS = """\
X1,1,5.0,2,PS,990103,100,110,10,110,140,30,AGENT,139,239,100,RUTH
X1,2,0.0,0,NW,990103,200,190,-10,190,250,60,HANG,0,0,0,NO_SERVER
X1,3,0.0,0,PS,990103,300,310,10,0,0,0,AGENT,309,409,100,RUTH
X1,4,0.0,0,PS,990103,400,410,10,0,0,0,HANG,0,0,0,NO_SERVER
X1,5,7.0,1,NE,990103,500,510,10,510,515,5,PHANTOM,0,0,0,NO_SERVER
X1,6,7.0,1,NE,990104,600,610,10,610,650,40,AGENT,649,5649,5000,DAN
X1,7,7.0,1,PE,990104,700,710,10,0,0,0,AGENT,709,719,10,NO_SERVER
X1,8,7.0,2,IN,990104,800,810,10,810,811,1,AGENT,811,821,10,NO_SERVERAMA
X1,8,7.0,0,TT,990104,900,905,5,905,915,10,AGENT,0,0,0,DAN
X1,8,7.0,0,TT,990104,950,955,5,955,965,10,AGENT,964,964,0,DAN
X1,9,7.0,0,AA,990104,980,985,5,0,0,0,AGENT,985,990,5,DAN""".splitlines()


def test_the_banks_layout_is_converted_fault_by_fault(tmp_path: Path) -> None:
    done = read_bank(write(tmp_path, ",".join(BANK_COLUMNS), *BANK_ROWS))
    assert [
        (c.call_id, c.day.day, c.arrived_s, c.queue, c.tier, c.wait_s, c.answered, c.handle_s, c.agent)
        for c in done.calls
    ] == [
        ("X1-1", 3, 110, "regular", "vip", 30, True, 100, "ruth"),
        ("X1-2", 3, 190, "new", "standard", 60, False, 0, ""),
        ("X1-3", 3, 310, "regular", "", 0, True, 100, "ruth"),
        ("X1-6", 4, 610, "stocks", "standard", 40, True, 3600, "dan"),
        ("X1-7", 4, 710, "english", "standard", 0, True, 10, ""),
        ("X1-8", 4, 810, "internet", "standard", 1, True, 10, "naama"),
        ("X1-8.2", 4, 955, "callback", "standard", 10, True, 0, "dan"),
    ]
    assert done.rows == len(BANK_ROWS)
    assert sum(done.dropped.values()) == 4
    assert len(done.mended) == 5


def test_the_converter_writes_what_the_reader_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write(tmp_path, ",".join(BANK_COLUMNS), *BANK_ROWS, name="bank.csv.gz")
    target = tmp_path / "out.csv.gz"
    assert main([str(source), str(target)]) == 0
    assert read_trace(target) == read_bank(source).calls == read_any(source) == read_any(target)
    assert "11 rows: 7 calls" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("column", "value", "allowed"),
    [
        ("priority", "3", "one of 0, 1, 2"),
        ("date", "991301", "YYMMDD"),
        ("outcome", "LOST", "one of AGENT, HANG, PHANTOM"),
        ("q_start", "12.5", "a whole number of seconds"),
    ],
)
def test_a_bad_value_in_the_banks_layout_is_named(tmp_path: Path, column: str, value: str, allowed: str) -> None:
    fields = BANK_ROWS[0].split(",")
    fields[BANK_COLUMNS.index(column)] = value
    with pytest.raises(TraceError) as caught:
        read_bank(write(tmp_path, ",".join(BANK_COLUMNS), ",".join(fields)))
    assert (caught.value.line, caught.value.column, caught.value.value) == (2, column, value)
    assert allowed in caught.value.allowed


def test_the_converter_tells_wrong_usage_from_wrong_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage:" in capsys.readouterr().err
    assert main([str(tmp_path / "absent.csv"), str(tmp_path / "out.csv")]) == 1
    assert main([str(write(tmp_path, HEADER, GOOD)), str(tmp_path / "out.csv")]) == 1
    assert "the bank's header" in capsys.readouterr().err
    assert not (tmp_path / "out.csv").exists()
