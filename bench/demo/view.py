"""The live view: a table that changes in place on a terminal, plain lines elsewhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ...sim.demand import Day
from .result import Tally

LINES: Final = 10
"""Plain lines that a day prints while it is lived."""
CLOSED: Final = "closed, the last customers hang up or are served"
STATES: Final = ("free", "ringing", "talking", "wrap-up", "on break")


def clock(at_s: float) -> str:
    """Return seconds since midnight as HH:MM."""
    minutes = max(0, int(at_s // 60))
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


class View:
    """Shows days while they are lived; a context manager. Without a terminal, ``lines`` of progress or nothing."""

    def __init__(self, console: Console, *, lines: bool = True) -> None:
        self._lines = lines
        self.console = console
        # rendered by whoever calls, a few times a second: no thread of its own
        self._live = Live(console=console, auto_refresh=False, transient=True) if console.is_terminal else None
        self._told: dict[str, int] = {}

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, days: Sequence[tuple[Day, Tally]]) -> None:
        """Show where the days stand."""
        if self._live is not None:
            self._live.update(Group(*[_panel(day, tally) for day, tally in days]), refresh=True)
            return
        for day, tally in days if self._lines else ():
            self._tell(day, tally)

    def _tell(self, day: Day, tally: Tally) -> None:
        """Print a line whenever another tenth of the day has passed."""
        passed = int((tally.now_s - day.starts_s) / (day.ends_s - day.starts_s) * LINES)
        if 0 < passed <= LINES and self._told.get(day.name, 0) < passed:
            self._told[day.name] = passed
            self.console.print(Text(f"{clock(tally.now_s)}  {summary(tally)}"), highlight=False, soft_wrap=True)


def summary(tally: Tally) -> str:
    """One line: how many called, wait, were answered, hung up; what agents do."""
    agents = tally.agents
    busy = agents.get("talking", 0) + agents.get("wrap-up", 0)
    return (
        f"{tally.arrived:5d} called, {sum(tally.waiting.values()):3d} waiting, {tally.answered:5d} answered, "
        f"{tally.abandoned:4d} hung up, {busy:2d}/{_on_duty(tally):2d} busy"
    )


def _on_duty(tally: Tally) -> int:
    return sum(count for state, count in tally.agents.items() if state != "off")


def _panel(day: Day, tally: Tally) -> RenderableType:
    head = Table.grid(padding=(0, 2))
    head.add_row(
        Text(day.name, style="bold"),
        Text(clock(tally.now_s), style="bold cyan"),
        # rich's own styles are shades that a terminal of 16 colors shows as one grey
        ProgressBar(
            day.ends_s - day.starts_s,
            max(0.0, tally.now_s - day.starts_s),
            width=40,
            complete_style="cyan",
            finished_style="green",
        ),
    )
    waiting = Table.grid(padding=(0, 2))
    waiting.add_row(Text("waiting", style="dim"), *[Text(f"{queue} {count}") for queue, count in tally.waiting.items()])
    agents = Table.grid(padding=(0, 2))
    agents.add_row(Text("agents ", style="dim"), *[Text(f"{state} {tally.agents.get(state, 0)}") for state in STATES])
    calls = Table.grid(padding=(0, 2))
    calls.add_row(
        Text("calls  ", style="dim"),
        Text(f"arrived {tally.arrived}"),
        Text(f"answered {tally.answered}", style="green"),
        Text(f"hung up {tally.abandoned}", style="red"),
        Text(f"decisions {tally.decisions}"),
    )
    closed = CLOSED if tally.now_s >= day.ends_s else ""
    return Group(head, waiting, agents, calls, Text(closed, style="dim"))


def weekday(day: str) -> str:
    """Return a recorded day's name with its weekday, other names as they are."""
    try:
        return f"{day} {dt.date.fromisoformat(day):%a}"
    except ValueError:
        return day
