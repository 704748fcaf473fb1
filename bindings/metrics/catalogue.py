"""Every metric, once: its name, kind, labels and meaning, and how many series it can be at most.

The page is written by this table, ``docs/metrics.md`` is generated from it, and the tests of rules and dashboards look
names up in it. Whoever has figures of its own (the journal, for one) adds its families here under a part of its own and
contributes their samples to the page: there is no second way in.

No label ever holds an agent, a customer, an interaction or a peer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from ..router.codes import Op, Result

MOST_GROUPS: Final = 50
"""Groups of agents that have series of their own; all others together are the group ``other``."""


class Kind(StrEnum):
    """The types of Prometheus that are used."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Part(StrEnum):
    """Who contributes a family, and what a row of it is about."""

    CENTER = "center"
    """One center, and the server around it."""
    QUEUE = "queue"
    """One queue."""
    TIER = "tier"
    """One tier in one queue, from its first use on; the default tier always."""
    JOURNAL = "journal"
    """A center's journal; a volatile server has none, and none of these."""


@dataclass(frozen=True, slots=True)
class Family:
    """One metric.

    Attributes:
        name: as samples have it; a counter's ends in ``_total``.
        kind: its type.
        part: who contributes it.
        help: what it means, the text after ``# HELP``.
        labels: names of its labels, in order; ``le`` of a histogram is not among them.
        bound: how many series there are at most for each row of its part, in words.
        values: of labels that have a closed set of values, which these are.
    """

    name: str
    kind: Kind
    part: Part
    help: str
    labels: tuple[str, ...]
    bound: str = "1"
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def unit(self) -> str:
        """Its unit, as its name has it; empty for a mere number."""
        words = self.name.removesuffix("_total").rsplit("_", 1)
        return words[-1] if words[-1] in UNITS else ""

    def sample_names(self) -> tuple[str, ...]:
        """Return the names that its samples have, which are those that a query may use."""
        if self.kind is Kind.HISTOGRAM:
            return f"{self.name}_bucket", f"{self.name}_sum", f"{self.name}_count"
        return (self.name,)


UNITS: Final = ("seconds", "bytes", "interactions", "agents", "requests", "updates")
AGENT_STATES: Final = ("offline", "not_ready", "available", "offered", "wrap_up", "busy")
"""What an agent does, each agent exactly one of them: :class:`acdcore.rpc.floor.Activity` in lower case."""
ENDS: Final = ("completed", "abandoned", "expired", "rejected")
"""Ways in which an interaction ends."""
OFFER_OUTCOMES: Final = ("made", "accepted", "declined", "expired", "revoked", "failed")
"""``made`` counts every offer; the others count how it ended."""
CHECKS: Final = ("books", "entities")
"""What is checked while the server runs: see ``acdcore_invariant_checks_total``."""
RESOURCES: Final = ("interactions", "agents", "queues", "tiers", "skills", "reasons", "channels", "requirements")
"""What a center has a limit of."""
_OPERATIONS: Final = tuple(op.name.lower() for op in Op)
_RESULTS: Final = tuple(result.name.lower() for result in Result)

DECISION_EDGES_NS: Final = tuple(step * 10**power for power in (3, 4, 5, 6, 7) for step in (1, 2, 5))
"""Upper edges of what happens within the server: 1 µs to 50 ms, and whatever is longer."""
STALL_EDGES_NS: Final = (*(step * 10**power for power in (6, 7, 8, 9) for step in (1, 2, 5)), 10**10)
"""Upper edges of how late the loop comes round: 1 ms to 10 s."""


def _center(name: str, kind: Kind, text: str, *labels: str, bound: str = "1", **values: tuple[str, ...]) -> Family:
    return Family(f"acdcore_{name}", kind, Part.CENTER, text, ("center", *labels), bound, values)


def _queue(name: str, kind: Kind, text: str) -> Family:
    return Family(f"acdcore_{name}", kind, Part.QUEUE, text, ("center", "queue"))


def _tier(name: str, kind: Kind, text: str, *labels: str, bound: str = "1", **values: tuple[str, ...]) -> Family:
    return Family(f"acdcore_{name}", kind, Part.TIER, text, ("center", "queue", "tier", *labels), bound, values)


CENTER_FAMILIES: Final = (
    _center("build_info", Kind.GAUGE, "1; which acdcore this is, and which Python runs it", "version", "python"),
    _center("serving", Kind.GAUGE, "1 while the center answers; 0 while it starts, stops, or waits for a commit"),
    _center("interactions", Kind.GAUGE, "Interactions that live now: scheduled, held, waiting, offered or assigned"),
    _center("agents", Kind.GAUGE, "Agents by what they do, each counted once", "state", bound="6", state=AGENT_STATES),
    _center(
        "group_agents",
        Kind.GAUGE,
        "Agents by group and by what they do. A group is one of the configuration's agent_groups; agents who are in "
        "none are grouped by their skills",
        "group",
        "state",
        bound=f"{6 * (MOST_GROUPS + 1)}: the {MOST_GROUPS} largest groups, the rest as group other",
        state=AGENT_STATES,
    ),
    _center(
        "agent_seconds_total",
        Kind.COUNTER,
        "Time that all agents together spent, by what they did; "
        "occupancy = (busy + wrap_up) / (available + offered + busy + wrap_up)",
        "state",
        bound="6",
        state=AGENT_STATES,
    ),
    _center(
        "commands_total",
        Kind.COUNTER,
        "Commands that reached the router, by operation and result",
        "operation",
        "result",
        bound="the pairs that came up; an operation has a dozen results at most",
        operation=_OPERATIONS,
        result=_RESULTS,
    ),
    _center(
        "refusals_total",
        Kind.COUNTER,
        "Calls that were refused, by the router or before it, by the reason that the caller was given",
        "reason",
        bound="the reasons that came up, some 60 at most",
    ),
    _center("events_total", Kind.COUNTER, "Events of the router"),
    _center("decisions_total", Kind.COUNTER, "Offers made"),
    _center(
        "decision_seconds",
        Kind.HISTOGRAM,
        "Time inside the router for one command",
        bound=f"{len(DECISION_EDGES_NS) + 3}",
    ),
    _center(
        "enqueue_to_offer_seconds",
        Kind.HISTOGRAM,
        "From an interaction's arrival at the router's inbox to its first offer being published, where an agent was "
        "free at once; commits are within it",
        bound=f"{len(DECISION_EDGES_NS) + 3}",
    ),
    _center("inbox_requests", Kind.GAUGE, "Requests that wait for the router"),
    _center("inbox_limit_requests", Kind.GAUGE, "Requests that may wait; further ones are refused"),
    _center("watchers", Kind.GAUGE, "Open streams of agents' clients"),
    _center("watcher_lag_updates", Kind.GAUGE, "Updates that wait for the slowest of the open streams"),
    _center("watcher_limit_updates", Kind.GAUGE, "Updates that may wait for one stream; then it is ended"),
    _center("watchers_dropped_total", Kind.COUNTER, "Streams that were ended as they were read too slowly"),
    _center(
        "loop_last_turn_age_seconds",
        Kind.GAUGE,
        "How long ago the server's event loop last came round, by a clock that nobody sets; it does ten times a second",
    ),
    _center(
        "loop_stall_seconds",
        Kind.HISTOGRAM,
        "How late the event loop came round, ten times a second",
        bound=f"{len(STALL_EDGES_NS) + 3}",
    ),
    _center(
        "clock_ahead_seconds",
        Kind.GAUGE,
        "By how much the center's time is ahead of the machine's clock, which somebody has set; below 0 when behind",
    ),
    _center(
        "invariant_checks_total",
        Kind.COUNTER,
        "Checks of what must always hold: books = the counters of a scrape add up; entities = interactions, offers, "
        "assignments and agents, looked at one by one, a few a turn",
        "check",
        bound="2",
        check=CHECKS,
    ),
    _center(
        "invariant_violations_total",
        Kind.COUNTER,
        "Checks that failed; the log says what was wrong. Anything but 0 is a bug, or broken memory",
        "check",
        bound="2",
        check=CHECKS,
    ),
    _center(
        "capacity",
        Kind.GAUGE,
        "How many there may be at most: the center's limits",
        "resource",
        bound=f"{len(RESOURCES)}",
        resource=RESOURCES,
    ),
    _center(
        "capacity_used",
        Kind.GAUGE,
        "How many there are, to compare with acdcore_capacity",
        "resource",
        bound=f"{len(RESOURCES)}",
        resource=RESOURCES,
    ),
    _center(
        "memory_limit_bytes",
        Kind.GAUGE,
        "Memory that this process may have: the least of its control groups' limits, its resource limit and the "
        "machine's memory; to compare with process_resident_memory_bytes",
    ),
    _center("scrape_seconds", Kind.GAUGE, "Time of the router's thread that the copy for this scrape took"),
    _center(
        "scrape_longest_turn_seconds", Kind.GAUGE, "The longest stretch of it in which the router could do nothing else"
    ),
)

QUEUE_FAMILIES: Final = (
    _queue("queue_open", Kind.GAUGE, "1 while the queue is open"),
    _queue(
        "queue_staffed",
        Kind.GAUGE,
        "1 while somebody is signed in, ready or not, who has the channel and the skills of some step of its plan",
    ),
)

TIER_FAMILIES: Final = (
    _tier("enqueued_total", Kind.COUNTER, "Interactions that came in"),
    _tier(
        "interactions_ended_total",
        Kind.COUNTER,
        "Interactions that ended: completed = served to their end; abandoned = left before an agent accepted; "
        "expired = the queue's longest wait was over; rejected = turned away",
        "outcome",
        bound="4",
        outcome=ENDS,
    ),
    _tier("answered_total", Kind.COUNTER, "Accepted offers"),
    _tier(
        "service_level_eligible_total",
        Kind.COUNTER,
        "What counts for the service level: answered + abandoned - abandoned within the target. "
        "Service level = acdcore_service_level_met_total / acdcore_service_level_eligible_total",
    ),
    _tier(
        "service_level_met_total",
        Kind.COUNTER,
        "Answered within the queue's target. "
        "Service level = acdcore_service_level_met_total / acdcore_service_level_eligible_total",
    ),
    _tier("abandoned_in_target_total", Kind.COUNTER, "Those abandoned that left within the queue's target"),
    _tier(
        "returned_total", Kind.COUNTER, "Accepted interactions that came back: their agent was lost, or media failed"
    ),
    _tier("moved_total", Kind.COUNTER, "Interactions that left for another queue"),
    _tier("moved_in_total", Kind.COUNTER, "Interactions that came from another queue"),
    _tier("held_total", Kind.COUNTER, "Times that misses or a program took an interaction out of the line"),
    _tier("handle_seconds_total", Kind.COUNTER, "Time from accept to completion"),
    _tier("wrap_up_seconds_total", Kind.COUNTER, "Time in wrap-up (after-call work, ACW)"),
    _tier(
        "offers_total",
        Kind.COUNTER,
        "Offers: made counts all of them, the other outcomes how they ended",
        "outcome",
        bound="6",
        outcome=OFFER_OUTCOMES,
    ),
    _tier(
        "wait_seconds",
        Kind.HISTOGRAM,
        "Waits of those answered, from since to accept. The targets of the center's queues are among the edges",
        bound="24, and one for each target that is not among the usual edges, 50 in all",
    ),
    _tier("waiting_interactions", Kind.GAUGE, "Interactions that wait now"),
    _tier("offered_interactions", Kind.GAUGE, "Interactions that ring now"),
    _tier("active_interactions", Kind.GAUGE, "Interactions that are served now"),
    _tier("held_interactions", Kind.GAUGE, "Interactions that are held now"),
    _tier("scheduled_interactions", Kind.GAUGE, "Interactions that begin to wait later"),
    _tier("oldest_wait_seconds", Kind.GAUGE, "How long the longest of those that wait has waited, 0: none"),
    _tier("target_seconds", Kind.GAUGE, "The queue's target, for service levels"),
)

COMMIT_EDGES_NS: Final = tuple(step * 10**power for power in (4, 5, 6, 7, 8, 9) for step in (1, 2, 5))
"""Upper edges of what a disk does: 10 µs to 5 s, and whatever is longer."""


def _journal(name: str, kind: Kind, text: str, bound: str = "1") -> Family:
    return Family(f"acdcore_{name}", kind, Part.JOURNAL, text, ("center",), bound)


JOURNAL_FAMILIES: Final = (
    _journal("journal_commits_total", Kind.COUNTER, "Groups of commands that were made durable"),
    _journal("journal_commands_total", Kind.COUNTER, "Commands in them; per commit: how many share one flush"),
    _journal(
        "journal_commit_seconds",
        Kind.HISTOGRAM,
        "From a group being handed to the journal to its being on disk",
        f"{len(COMMIT_EDGES_NS) + 3}",
    ),
    _journal(
        "journal_commit_under_way_seconds",
        Kind.GAUGE,
        "How long the flush that is under way has taken by now, 0: none is. From 2 on requests are refused",
    ),
    _journal("journal_written_bytes_total", Kind.COUNTER, "Bytes of groups that were made durable"),
    _journal("journal_bytes", Kind.GAUGE, "Size of the journal's database, its write-ahead log aside"),
    _journal("journal_position", Kind.GAUGE, "The last group's position"),
    _journal("journal_groups", Kind.GAUGE, "Groups that are kept: those behind the older of two snapshots"),
    _journal("journal_room_low", Kind.GAUGE, "1 while the disk is full and what begins something is refused"),
    _journal("journal_room_none", Kind.GAUGE, "1 while there is no room at all, and nothing is taken"),
    _journal("journal_full_total", Kind.COUNTER, "Times that a group had to wait for room"),
    _journal("journal_failures_total", Kind.COUNTER, "Commits that failed; the first one ends the server"),
    _journal("journal_torn_pages", Kind.GAUGE, "Pages of a torn last write that were left out at the start"),
    _journal(
        "snapshot_age_seconds", Kind.GAUGE, "Since the newest snapshot was made; since the start where there is none"
    ),
    _journal("snapshots_made_total", Kind.COUNTER, "Snapshots made since the start"),
    _journal("snapshot_failures_total", Kind.COUNTER, "Snapshots that could not be made since the start"),
    _journal("snapshots_passed_over", Kind.GAUGE, "Damaged snapshots that were passed over at the start"),
    _journal("recovery_seconds", Kind.GAUGE, "How long the start took to bring the center back"),
    _journal("recovery_commands", Kind.GAUGE, "Commands that the start replayed"),
)

CATALOGUE: Final = (*CENTER_FAMILIES, *QUEUE_FAMILIES, *TIER_FAMILIES, *JOURNAL_FAMILIES)
"""Every family, in the order of the page."""
BY_NAME: Final[Mapping[str, Family]] = {family.name: family for family in CATALOGUE}


def sample_names() -> Iterator[str]:
    """Yield every name that a query may use, those of this catalogue; process_*, python_* and up come beside them."""
    for family in CATALOGUE:
        yield from family.sample_names()
