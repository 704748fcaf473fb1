"""``acdcore bench``: its options, and what they come to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, ClassVar, Final, NoReturn, Protocol, TypeVar

import typer

from ..errors import AcdError
from .output import Exit, err, fail, out, plain
from .values import PICTURES, Sizes, file_value, number_value, refuse_beside, sizes_value
from .wording import FLAG, by_default

MOST: Final = 1_000_000
"""The largest of every size: a center beyond it takes longer to fill than anyone waits for a table."""


def bench(
    agents: Annotated[
        Sizes | None,
        typer.Option(metavar="N,...", parser=sizes_value(1, MOST), help="How many agents, such as 100,1000,10000."),
    ] = None,
    profiles: Annotated[
        Sizes | None,
        typer.Option(
            metavar="N,...",
            parser=sizes_value(0, MOST),
            help="How many different sets of skills they have; 0: every agent another.",
        ),
    ] = None,
    waiting: Annotated[
        Sizes | None,
        typer.Option(
            metavar="N,...", parser=sizes_value(0, MOST), help="How many interactions wait, such as 300,10000."
        ),
    ] = None,
    events: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            parser=number_value(int, 1, 10 * MOST),
            help=by_default("How many events (or customers) are timed; who is slow does fewer.", "100000"),
        ),
    ] = None,
    rounds: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            parser=number_value(int, 1, 1_000),
            help=by_default("How often; who is slow does fewer.", "5, with --quick 3"),
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(metavar="N", parser=number_value(int, 0), help="Other skills and events for every seed.")
    ] = 1,
    only: Annotated[
        str,
        typer.Option(metavar="NAME,...", help="Only contenders with these words in their names.", show_default=False),
    ] = "",
    without: Annotated[
        str, typer.Option(metavar="NAME,...", help="None with these words, such as redis,postgres.", show_default=False)
    ] = "",
    quick: Annotated[
        bool, typer.Option("--quick", metavar=FLAG, help="Four shapes in less than a minute; rougher figures.")
    ] = False,
    full_law: Annotated[
        bool,
        typer.Option("--full-law", metavar=FLAG, help="Another job, acdcore alone: all that it looks at."),
    ] = False,
    claims: Annotated[
        bool,
        typer.Option("--claims", metavar=FLAG, help="With --full-law: calls past due have agents kept free for them."),
    ] = False,
    simulators: Annotated[
        bool,
        typer.Option("--simulators", metavar=FLAG, help="Another contest: call centers simulated by several means."),
    ] = False,
    open_loop: Annotated[
        bool,
        typer.Option("--open-loop", metavar=FLAG, help="Latency of a real server at rising rates, over gRPC."),
    ] = False,
    json_path: Annotated[
        Path | None,
        typer.Option(
            "--json", metavar="FILE", parser=file_value(), help="Write every round's figure, machine and versions."
        ),
    ] = None,
    plot_path: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", parser=file_value(*PICTURES), help="Draw it: .svg, .png or .pdf."),
    ] = None,
) -> None:
    """Time acdcore beside what one would use instead: C++, Python, databases.

    Everybody does the same events: arrivals, completions and abandonments of a
    center with 95 % of its agents at work and so many interactions waiting.
    For each shape of a center there is a table: time an event (median, least and
    most of all rounds), its ratio to acdcore's C-level interface, and a hash of
    who got whom. Rounds take turns, so that a disturbance falls on all alike.

    Without options, the standard eight shapes in 5 to 10 minutes: 100, 1000 and
    10000 agents, all distinct or of 40 profiles, with 300 waiting; and 1000
    agents with 10000 and 100000 waiting. --agents, --profiles and --waiting give
    others: all combinations, 1000, 0 and 300 being what is not given.

    What is not installed is left out, with the reason. Whoever gets another
    result, or fails, is named instead of shown, and the exit code is 1.

    --full-law times a second job, for which there is nobody to compare with:
    offers accepted, declined and missed, wrap-up, occupancy, plans of three
    steps, three channels, breaks, leases and customers who give up, at 100, 1000
    and 10000 agents and with up to a million waiting. It takes about 2 minutes.

    --simulators has three call centers simulated: Erlang A with 100 agents, six
    skills with two tiers, a bank's 13 classes and 9 groups; by acdcore, SimPy,
    Ciw, cimba, Python and C++. A table for each: customers a second, and what was
    found, held to theory and to each other. It takes about 5 minutes.

    --open-loop measures a server process over gRPC: interactions come when a
    Poisson schedule says, whatever the answers do, at rising rates until it does
    not keep up; every latency counts from the planned moment. About 6 minutes.
    """
    others: dict[str, object]
    if claims and not full_law:
        raise typer.BadParameter("it goes with --full-law", param_hint="'--claims'")
    if open_loop:
        others = {"--profiles": profiles, "--waiting": waiting, "--events": events, "--rounds": rounds}
        others |= {"--only": only, "--without": without, "--full-law": full_law, "--simulators": simulators}
        refuse_beside("--open-loop", others)
        _run_open_loop(agents.values if agents else (), seed, quick, json_path, plot_path)
    if simulators:
        others = {"--agents": agents, "--profiles": profiles, "--waiting": waiting, "--full-law": full_law}
        refuse_beside("--simulators", others)
        _run_simulators(events, rounds, seed, quick, only, without, json_path, plot_path)
    if full_law:
        others = {"--profiles": profiles, "--only": only, "--without": without, "--quick": quick, "--plot": plot_path}
        refuse_beside("--full-law", others)
        sizes: list[Sequence[int]] = [given.values if given else () for given in (agents, waiting)]
        _run_full_law(sizes, events, rounds, seed, json_path, claims=claims)
    try:
        from acdcore.bench.compare.measure import planned
        from acdcore.bench.compare.run import run_comparison
        from acdcore.bench.comparing import chosen
        from acdcore.bench.contenders import contenders
    except ModuleNotFoundError as error:
        _fail_missing(error)
    shapes = [given.values if given else () for given in (agents, profiles, waiting)]
    plan = planned(*shapes, events=events, rounds=rounds, seed=seed, quick=quick)
    some = _some(contenders(), chosen, only, without)
    try:
        code = run_comparison(plan, some, out=out(), err=err(), json_path=json_path, plot_path=plot_path)
    except OSError as error:
        fail(Exit.FAILED, plain(error))
    except KeyboardInterrupt:
        raise typer.Exit(Exit.INTERRUPTED) from None
    raise typer.Exit(code)


def _run_full_law(
    sizes: list[Sequence[int]],
    events: int | None,
    rounds: int | None,
    seed: int,
    json_path: Path | None,
    *,
    claims: bool,
) -> NoReturn:
    """Measure the full law, and exit."""
    try:
        from acdcore.bench.full_law import planned
        from acdcore.bench.full_law_report import run_and_show
    except ModuleNotFoundError as error:
        _fail_missing(error)
    try:
        plan = planned(*sizes, events=events, rounds=rounds, seed=seed, claims=claims)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="'--waiting'") from None
    try:
        code = run_and_show(plan, out=out(), err=err(), json_path=json_path)
    except (OSError, RuntimeError) as error:
        fail(Exit.FAILED, plain(error))
    except KeyboardInterrupt:
        raise typer.Exit(Exit.INTERRUPTED) from None
    raise typer.Exit(code)


def _run_simulators(
    customers: int | None,
    rounds: int | None,
    seed: int,
    quick: bool,
    only: str,
    without: str,
    json_path: Path | None,
    plot_path: Path | None,
) -> NoReturn:
    """Have call centers simulated, and exit."""
    try:
        from acdcore.bench.comparing import chosen
        from acdcore.bench.simulators import contenders
        from acdcore.bench.simulators.contest import planned
        from acdcore.bench.simulators.report import run_contest
    except ModuleNotFoundError as error:
        _fail_missing(error)
    some = _some(contenders(), chosen, only, without)
    try:
        plan = planned(customers=customers, rounds=rounds, seed=seed, quick=quick)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="'--events'") from None
    try:
        code = run_contest(plan, some, out=out(), err=err(), json_path=json_path, plot_path=plot_path)
    except OSError as error:
        fail(Exit.FAILED, plain(error))
    except KeyboardInterrupt:
        raise typer.Exit(Exit.INTERRUPTED) from None
    raise typer.Exit(code)


def _run_open_loop(
    agents: Sequence[int], seed: int, quick: bool, json_path: Path | None, plot_path: Path | None
) -> NoReturn:
    """Measure a server at rising rates, and exit."""
    try:
        from acdcore.bench.demo.server import DemoError
        from acdcore.bench.open_loop.run import planned, run_and_show
    except ModuleNotFoundError as error:
        _fail_missing(error)
    if len(agents) > 1:
        raise typer.BadParameter(f"{len(agents)} sizes; allowed: one", param_hint="'--agents'")
    try:
        plan = planned(agents=agents[0] if agents else None, seed=seed, quick=quick)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="'--agents'") from None
    try:
        code = run_and_show(plan, out=out(), err=err(), json_path=json_path, plot_path=plot_path)
    except (AcdError, DemoError, OSError, RuntimeError) as error:
        fail(Exit.FAILED, plain(error))
    except KeyboardInterrupt:
        raise typer.Exit(Exit.INTERRUPTED) from None
    raise typer.Exit(code)


class _Named(Protocol):
    """Whatever takes part has a name."""

    name: ClassVar[str]


Who = TypeVar("Who", bound=_Named)


def _some(
    everybody: Sequence[type[Who]],
    chosen: Callable[[Sequence[type[Who]], list[str], list[str]], list[type[Who]]],
    only: str,
    without: str,
) -> list[type[Who]]:
    """Return who takes part, or refuse words that are part of no name, or that leave nobody."""
    wanted, unwanted = _words(only), _words(without)
    try:
        some = chosen(everybody, wanted, unwanted)
    except ValueError as error:
        names = "; ".join(contender.name for contender in everybody)
        hint = "'--only'" if str(error) in wanted else "'--without'"
        raise typer.BadParameter(f"{error}; allowed: words in these names: {names}", param_hint=hint) from None
    if not some:
        raise typer.BadParameter(f"{without}; allowed: what leaves somebody", param_hint="'--without'")
    return some


def _fail_missing(error: ModuleNotFoundError) -> NoReturn:
    """Say which package has to be installed, unless it is one of ours that cannot be found."""
    if error.name is None or error.name.partition(".")[0] == "acdcore":
        raise error
    fail(Exit.FAILED, f"the benchmark needs {error.name}: pip install 'acdcore[bench]'")


def _words(given: str) -> list[str]:
    """Return the words between commas."""
    return [word.strip() for word in given.split(",") if word.strip()]
