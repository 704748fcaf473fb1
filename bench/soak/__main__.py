"""A soak: a real server under a moderate load for hours, with everything that days bring, looked at all the time.

    make soak HOURS=1
    python -m acdcore.bench.soak --minutes 3

Customers come and give up, shifts change, connections are cut, queues are closed and opened, calls are repeated;
every few seconds the server's memory, files, processor time, page, figures and latencies are written down. At the
end everything must add up and nothing may have grown. Latency counts from the moment at which a customer was planned.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from ...cli.values import number_value
from ...cli.wording import FLAG
from ...errors import AcdError
from ..command_line import run
from ..demo.server import DemoError
from ..page_block import check_block, put_block
from ..terminal import results
from .plan import BOUNDS, SoakPlan
from .report import duration, read_json, show, text_of, write_json
from .run import Soak, SoakResult, run_soak
from .watch import Sample

BROKEN: Final = 1
WRONG_USE: Final = 2
FAILED: Final = 4
SAY_EVERY_S: Final = 60.0
BLOCK: Final = "make soak HOURS=1"


class _Progress:
    """Says on standard error how far it is: each look on a terminal, once a minute elsewhere."""

    def __init__(self, plan: SoakPlan) -> None:
        self._plan = plan
        self._to = Console(stderr=True, highlight=False)
        self._said = -SAY_EVERY_S

    def __call__(self, sample: Sample) -> None:
        text = (
            f"{duration(sample.at_s)} of {duration(self._plan.seconds)}: {sample.rss_mib:.1f} MiB, "
            f"{sample.files} files, enqueue p99 {sample.enqueue_p99_ms:.1f} ms, {sample.waiting} waiting, "
            f"{'adds up' if sample.adds_up else 'DOES NOT ADD UP'}"
        )
        if self._to.is_terminal:
            self._to.file.write(f"\r\x1b[2K{text[: self._to.width - 1]}")
            self._to.file.flush()
        elif sample.at_s - self._said >= SAY_EVERY_S:
            self._said = sample.at_s
            self._to.print(text, soft_wrap=True)

    def end(self) -> None:
        """Leave the line."""
        if self._to.is_terminal:
            self._to.file.write("\r\x1b[2K")
            self._to.file.flush()

    def begin(self, soak: Soak) -> None:
        """The first Ctrl-C or SIGTERM stops the soak and has it judged; the second one ends it at once."""
        loop = asyncio.get_running_loop()

        def on_signal() -> None:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)
                signal.signal(number, signal.SIG_DFL)
            self.end()
            self._to.print("stopping: whoever is there is served to the end, then comes the verdict", soft_wrap=True)
            soak.stop.set()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, on_signal)


def soak(plan: SoakPlan, folder: Path, *, journal: bool = False) -> SoakResult:
    """Live a soak, and leave ``samples.csv``, ``soak.json`` and ``soak.svg`` in a folder, and the server's journal.

    Raises DemoError when the server does not start, OSError when a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    progress = _Progress(plan)
    data = folder / "journal" if journal else None
    if data is not None and data.exists():
        shutil.rmtree(data)  # of an earlier soak, whose center this one does not know
    result = run_soak(plan, folder / "samples.csv", tell=progress, begin=progress.begin, data=data)
    progress.end()
    write_json(result, folder / "soak.json")
    from .plot import draw

    draw(result, folder / "soak.svg")
    return result


def write_page(result: SoakResult, page: Path) -> None:
    """Put a result into its page, and its picture beside it. Raises ValueError, OSError."""
    from .plot import draw

    put_block(page, BLOCK, text_of(result))
    draw(result, page.with_suffix(".svg"))


def main(
    hours: Annotated[
        float, typer.Option(metavar="HOURS", parser=number_value(float, 0.001, 720), help="How long, in real time.")
    ] = 1.0,
    minutes: Annotated[
        float | None,
        typer.Option(
            metavar="MINUTES", parser=number_value(float, 0.05, 43_200), help="How long, instead of --hours."
        ),
    ] = None,
    rate: Annotated[
        float,
        typer.Option(
            metavar="A_SECOND", parser=number_value(float, *BOUNDS["rate"]), help="Customers a second, on average."
        ),
    ] = 60.0,
    speed: Annotated[
        float,
        typer.Option(
            metavar="TIMES", parser=number_value(float, *BOUNDS["speed"]), help="How fast the server's clock runs."
        ),
    ] = 10.0,
    cycle: Annotated[
        float,
        typer.Option(
            metavar="SECONDS", parser=number_value(float, *BOUNDS["cycle_s"]), help="From one shift change to the next."
        ),
    ] = 120.0,
    every: Annotated[
        float,
        typer.Option(
            metavar="SECONDS", parser=number_value(float, *BOUNDS["every_s"]), help="From one look to the next."
        ),
    ] = 5.0,
    journal: Annotated[
        bool, typer.Option("--journal", metavar=FLAG, help="The server keeps a journal, in FOLDER/journal.")
    ] = False,
    seed: Annotated[
        int, typer.Option(metavar="N", parser=number_value(int, 0), help="The same seed plans the same soak.")
    ] = 1,
    out: Annotated[
        Path, typer.Option(metavar="FOLDER", file_okay=False, help="Where samples.csv, soak.json and soak.svg go.")
    ] = Path("build/soak"),
    read: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="FILE", exists=True, dir_okay=False, help="Show a soak.json again instead of living one.",
            show_default=False,
        ),
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", exists=True, dir_okay=False, help="Put the report and the picture into docs/soak.md.",
            show_default=False,
        ),
    ] = None,
) -> None:  # fmt: skip
    """Live a soak and judge it: exit code 0 when every rule holds, 1 when one is broken, 4 when it could not run.

    Ctrl-C ends it early: who is there is served to the end, and what ran is judged.
    """
    err = Console(stderr=True, highlight=False)
    begun = time.monotonic()
    try:
        if page is not None:
            check_block(page, BLOCK)
        if read is not None:
            result = read_json(read)
        else:
            seconds = minutes * 60 if minutes is not None else hours * 3600
            plan = SoakPlan(seconds, seed=seed, rate=rate, speed=speed, cycle_s=cycle, every_s=every)
            result = soak(plan, out, journal=journal)
        if page is not None:
            write_page(result, page)
    except ValueError as error:
        err.print(f"error: {error}", soft_wrap=True, markup=False)
        raise typer.Exit(WRONG_USE) from None
    except (AcdError, DemoError, OSError) as error:
        err.print(f"error: after {duration(time.monotonic() - begun)}: {error}", soft_wrap=True, markup=False)
        raise typer.Exit(FAILED) from None
    show(result, results())
    sys.stdout.flush()
    raise typer.Exit(0 if result.holds else BROKEN)


if __name__ == "__main__":
    run(main)
