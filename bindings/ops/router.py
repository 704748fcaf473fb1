"""The dashboard "Router": what an engineer watches. How fast it decides, whether it keeps up, what it needs."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.models import dashboard as model

from .panels import (
    BLUE,
    BYTES,
    COUNT,
    GRAY,
    GREEN,
    NUMBER,
    ORANGE,
    RED,
    SECONDS,
    SHARE,
    YELLOW,
    Query,
    Section,
    Sized,
    choice,
    data_source,
    heat,
    lines,
    number,
    page,
)

WHERE: Final = 'center="$center",instance=~"$instance"'
PROCESS: Final = 'instance=~"$instance"'
"""What is of the process rather than of its center has no label ``center``."""
OURS: Final = f"and on (instance, job) acdcore_serving{{{WHERE}}}"
"""Leaves the processes that serve what is chosen, of all that Prometheus knows."""
NOT_OK: Final = 'result!="ok"'
OVER: Final = "[$__rate_interval]"
PERCENTILES: Final = ((0.5, "p50", GREEN), (0.9, "p90", BLUE), (0.99, "p99", ORANGE), (0.999, "p99.9", RED))


def speed(metric: str, by: str = "", *, more: str = "") -> str:
    """Return how many a second a counter grew by, summed, by some labels."""
    labels = WHERE + (f",{more}" if more else "")
    return f"sum{f' by ({by}) ' if by else ''}(rate({metric}{{{labels}}}{OVER}))"


def percentile(share: float, metric: str) -> str:
    """Return a percentile of a histogram."""
    return f"histogram_quantile({share}, {speed(f'{metric}_bucket', 'le')})"


def percentiles(metric: str) -> list[Query]:
    """Return the percentiles that are drawn of every latency."""
    return [Query(percentile(share, metric), name, color) for share, name, color in PERCENTILES]


def of_process(metric: str) -> str:
    """Return a metric of the process, a series for each instance that serves what is chosen."""
    return f"{metric}{{{PROCESS}}} {OURS}"


def of_rate(metric: str) -> str:
    """Return how fast a counter of the process grows, for each instance that serves what is chosen."""
    return f"rate({metric}{{{PROCESS}}}{OVER}) {OURS}"


def share(metric: str, limit: str) -> str:
    """Return how much of a limit is used, of the instance that uses most."""
    return f"max({metric}{{{WHERE}}} / {limit}{{{WHERE}}})"


def _well() -> Section:
    calls = speed("acdcore_commands_total")
    return Section(
        "Is it well",
        [
            number(
                "Serving",
                "Whether the center answers, as its own page of metrics says; nothing: the page is not reached.",
                f"min(acdcore_serving{{{WHERE}}})",
                unit=NUMBER,
                words={"0": ("no", RED), "1": ("yes", GREEN)},
                empty="not reached",
            ),
            number(
                "Up for",
                "Since when the process runs. What waits is in its memory.",
                f"time() - max({of_process('process_start_time_seconds')})",
                unit=SECONDS,
            ),
            number("Commands a second", "Commands that reached the router.", calls, unit=COUNT),
            number(
                "Refused",
                "The share of commands whose result is not 'ok'. Some of it is ordinary: late answers, full queues.",
                f"({speed('acdcore_commands_total', more=NOT_OK)} or vector(0)) / ({calls} > 0)",
                unit=SHARE,
                decimals=1,
            ),
            number(
                "Decision, p99",
                "The time inside the router that 99 % of commands do not exceed.",
                percentile(0.99, "acdcore_decision_seconds"),
                unit=SECONDS,
                steps=((None, GREEN), (0.001, YELLOW), (0.01, RED)),
            ),
            number(
                "Enqueue to offer, p99",
                "From an interaction's arrival in the server to its first offer, where an agent was free at once.",
                percentile(0.99, "acdcore_enqueue_to_offer_seconds"),
                unit=SECONDS,
                steps=((None, GREEN), (0.02, YELLOW), (0.1, RED)),
            ),
            number(
                "Loop's last turn",
                (
                    "How long ago the server's loop last came round, as of the last scrape. It does so ten times a "
                    "second; more than some seconds mean that it stands still."
                ),
                f"max(acdcore_loop_last_turn_age_seconds{{{WHERE}}})",
                unit=SECONDS,
                steps=((None, GREEN), (1, YELLOW), (5, RED)),
            ),
            number(
                "Invariants violated",
                "Since the process began. Anything but 0 is a fault of acdcore, or broken memory; the log says what.",
                f"sum(acdcore_invariant_violations_total{{{WHERE}}})",
                unit=COUNT,
                steps=((None, GREEN), (1, RED)),
            ),
        ],
    )


def _took(name: str, metric: str, about: str) -> list[Sized]:
    """Return what shows a histogram of lengths of time, side by side: percentiles, and how many took how long."""
    return [
        lines(
            f"{name}: percentiles",
            f"{about} Between two edges of the histogram a percentile is interpolated.",
            *percentiles(metric),
            unit=SECONDS,
            logarithmic=True,
            calcs=("mean", "max"),
            width=12,
            height=9,
        ),
        heat(
            f"{name}: how many took how long",
            f"{about} The darker, the more a second.",
            speed(f"{metric}_bucket", "le"),
            unit=SECONDS,
            width=12,
            height=9,
        ),
    ]


def _fast() -> Section:
    return Section(
        "How fast",
        [
            *_took(
                "Decision",
                "acdcore_decision_seconds",
                "Time inside the router of one command, timers that it fires included.",
            ),
            *_took(
                "Enqueue to offer",
                "acdcore_enqueue_to_offer_seconds",
                "From an interaction's arrival at the router's inbox to the publishing of its first offer, where an "
                "agent was free at once: waiting for the router, deciding, committing.",
            ),
        ],
    )


def _asked() -> Section:
    return Section(
        "What it is asked",
        [
            lines(
                "Commands a second, by operation",
                "What reached the router, whatever became of it.",
                Query(speed("acdcore_commands_total", "operation"), "{{operation}}"),
                unit=COUNT,
                stacked=True,
            ),
            lines(
                "Refusals a second, by reason",
                "Calls that were refused, at the door or by the router; reasons as clients see them in 'reason'.",
                Query(speed("acdcore_refusals_total", "reason"), "{{reason}}"),
                unit=COUNT,
                stacked=True,
            ),
            lines(
                "Decisions and events a second",
                "Decisions: offers made. Events: whatever changed in the center.",
                Query(speed("acdcore_decisions_total"), "decisions", BLUE),
                Query(speed("acdcore_events_total"), "events", GRAY),
                unit=COUNT,
            ),
        ],
    )


def _keeping_up() -> Section:
    return Section(
        "Does it keep up",
        [
            lines(
                "Loop: how late it turned",
                "Ten times a second the server's one loop is due; how late it came. A second means that for a second "
                "nobody was answered.",
                Query(percentile(0.5, "acdcore_loop_stall_seconds"), "p50", GREEN),
                Query(percentile(0.99, "acdcore_loop_stall_seconds"), "p99", ORANGE),
                Query(percentile(1, "acdcore_loop_stall_seconds"), "longest, up to its bucket's edge", RED),
                unit=SECONDS,
                logarithmic=True,
                width=6,
            ),
            lines(
                "Requests that wait for the router",
                "The inbox. At its limit calls are refused as unavailable, and clients repeat them.",
                Query(f"sum(acdcore_inbox_requests{{{WHERE}}})", "waiting", BLUE),
                unit=COUNT,
                width=6,
            ),
            lines(
                "Watchers",
                "Open streams of agents' clients, and streams that were ended as too slow, a minute.",
                Query(f"sum(acdcore_watchers{{{WHERE}}})", "streams", BLUE),
                Query(f"60 * {speed('acdcore_watchers_dropped_total')}", "dropped a minute", RED),
                unit=COUNT,
                width=6,
            ),
            lines(
                "Updates that wait for the slowest watcher",
                "When one stream's buffer is full, its client is told to begin anew.",
                Query(f"max(acdcore_watcher_lag_updates{{{WHERE}}})", "waiting", BLUE),
                unit=COUNT,
                width=6,
            ),
        ],
    )


def _room() -> Section:
    used = f"sum by (resource) (acdcore_capacity_used{{{WHERE}}}) / sum by (resource) (acdcore_capacity{{{WHERE}}})"
    return Section(
        "Room and correctness",
        [
            lines(
                "Interactions and agents",
                "Interactions that live now, and agents that are not offline.",
                Query(f"sum(acdcore_interactions{{{WHERE}}})", "interactions", BLUE),
                Query(f'sum(acdcore_agents{{{WHERE},state!="offline"}})', "agents", GREEN),
                unit=COUNT,
            ),
            lines(
                "Used of what is allowed",
                "What there is, as a share of the limits of the center, the server and the process. At a limit of the "
                "center new ones are refused.",
                Query(used, "{{resource}}"),
                Query(share("acdcore_inbox_requests", "acdcore_inbox_limit_requests"), "inbox"),
                Query(share("acdcore_watcher_lag_updates", "acdcore_watcher_limit_updates"), "slowest watcher"),
                Query(
                    f"max(process_resident_memory_bytes{{{PROCESS}}} / on (instance, job) "
                    f"acdcore_memory_limit_bytes{{{WHERE}}})",
                    "memory",
                ),
                Query(f"max(process_open_fds{{{PROCESS}}} / process_max_fds {OURS})", "open files"),
                unit=SHARE,
                limit=0.9,
            ),
            lines(
                "Invariants",
                "Checks a second of what must always hold, and violations in all, of which there must be none.",
                Query(speed("acdcore_invariant_checks_total", "check"), "{{check}} a second"),
                Query(f"sum(acdcore_invariant_violations_total{{{WHERE}}})", "violations", RED),
                unit=COUNT,
            ),
        ],
    )


def _process() -> Section:
    return Section(
        "The process",
        [
            lines(
                "Memory",
                "Resident memory, which grows with what lives and what is remembered.",
                Query(of_process("process_resident_memory_bytes"), "{{instance}}"),
                unit=BYTES,
                width=6,
            ),
            lines(
                "Processor",
                "Seconds of processor time a second; one loop decides, so that 1 is all that it can use, and somewhat "
                "more with the threads of gRPC and of the metrics' page.",
                Query(of_rate("process_cpu_seconds_total"), "{{instance}}"),
                unit=SHARE,
                width=6,
            ),
            lines(
                "Open files",
                "Connections and files.",
                Query(of_process("process_open_fds"), "{{instance}}"),
                unit=COUNT,
                width=6,
            ),
            lines(
                "Python's garbage collector",
                "Collections a minute, by generation; those of generation 2 look at everything.",
                Query(
                    f"60 * sum by (generation) ({of_rate('python_gc_collections_total')})",
                    "generation {{generation}}",
                ),
                unit=NUMBER,
                width=6,
            ),
            lines(
                "Scrapes: time of the router's thread",
                "How long the last scrape kept the router's thread in all, and the longest stretch of it in which "
                "nothing else could be done.",
                Query(f"max(acdcore_scrape_seconds{{{WHERE}}})", "in all", BLUE),
                Query(f"max(acdcore_scrape_longest_turn_seconds{{{WHERE}}})", "at once", ORANGE),
                unit=SECONDS,
                width=12,
                height=6,
            ),
            lines(
                "Scrapes: as Prometheus saw them",
                "From asking for the page to having it.",
                Query(of_process("scrape_duration_seconds"), "{{instance}}"),
                unit=SECONDS,
                width=12,
                height=6,
            ),
        ],
    )


def _journal() -> Section:
    commits, commands = speed("acdcore_journal_commits_total"), speed("acdcore_journal_commands_total")
    return Section(
        "Journal (empty where the server is volatile)",
        [
            *_took(
                "Commits",
                "acdcore_journal_commit_seconds",
                "From a group of commands being handed to the journal to its being on disk; every answer waits for it.",
            ),
            lines(
                "Commits and commands a second",
                "Groups that were made durable, one flush each, and the commands in them.",
                Query(commits, "commits", BLUE),
                Query(commands, "commands", GRAY),
                unit=COUNT,
            ),
            lines(
                "Commands a group",
                "How many commands share one flush. It grows with the load, and with what a flush takes.",
                Query(f"{commands} / ({commits} > 0)", "mean", BLUE),
                unit=NUMBER,
            ),
            lines(
                "Room and failures",
                "1 while the disk is full, so that what begins something is refused, or everything. Commits that "
                "failed, of which the first ends the server, and snapshots that could not be made, a minute.",
                Query(f"max(acdcore_journal_room_low{{{WHERE}}})", "room is low", YELLOW),
                Query(f"max(acdcore_journal_room_none{{{WHERE}}})", "no room", ORANGE),
                Query(f"60 * {speed('acdcore_journal_failures_total')}", "failed commits a minute", RED),
                Query(f"60 * {speed('acdcore_snapshot_failures_total')}", "failed snapshots a minute", GRAY),
                unit=NUMBER,
            ),
            *_kept(),
        ],
    )


def _kept() -> list[Sized]:
    """Return what there is of the journal on disk, and what it takes to come back from it."""
    return [
        lines(
            "Size",
            "The journal's database, its write-ahead log aside. It keeps what is behind the older of two snapshots.",
            Query(f"max(acdcore_journal_bytes{{{WHERE}}})", "database", BLUE),
            unit=BYTES,
        ),
        lines(
            "Age of the newest snapshot",
            "Since the start where there is none. One is made after a number of commands: where little happens it is "
            "old, and that is well.",
            Query(f"max(acdcore_snapshot_age_seconds{{{WHERE}}})", "age", BLUE),
            unit=SECONDS,
        ),
        lines(
            "How long the last start took to come back",
            "Reading the newest snapshot and replaying the commands behind it.",
            Query(f"max(acdcore_recovery_seconds{{{WHERE}}})", "seconds", BLUE),
            unit=SECONDS,
        ),
    ]


def router() -> model.Dashboard:
    """Return the dashboard for engineers."""
    return page(
        uid="acdcore-router",
        title="acdcore: Router",
        about="For engineers: how fast it decides, whether it keeps up, what it needs.",
        tags=["acdcore", "contact center"],
        variables=[
            data_source(),
            choice("center", "Center", "The contact center.", "label_values(acdcore_serving, center)", several=False),
            choice(
                "instance",
                "Instance",
                "The server, as Prometheus names it.",
                'label_values(acdcore_serving{center="$center"}, instance)',
                several=True,
            ),
        ],
        sections=[_well(), _fast(), _asked(), _keeping_up(), _journal(), _room(), _process()],
        begins="now-1h",
        refresh="10s",
        alerts='ALERTS{alertstate="firing",alertname=~"Acdcore.*"}',
    )
