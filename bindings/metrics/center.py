"""The families of the center as a whole, and of the server around it."""

from __future__ import annotations

import contextlib
import platform
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Final, TypeAlias

from .. import __version__
from ..errors import AcdError
from ..router.codes import SECOND_NS, Op, Result
from ..rpc.center import Center
from ..rpc.floor import Activity
from ..rpc.latency import LatencyHistogram
from .catalogue import CHECKS, DECISION_EDGES_NS, STALL_EDGES_NS
from .copies import LIMITS, Copied, Copier
from .groups import Groups
from .limits import memory_limit_bytes
from .queues import Books, QueueText, rows_of
from .text import Page, labels_text

_STATES: Final = tuple(one.name.lower() for one in Activity)


Ask: TypeAlias = Callable[[Coroutine[Any, Any, dict[int, str]]], dict[int, str]]


class CenterSource:
    """One center's figures: what it is, its agents, queues and tiers, and how the server keeps up.

    Args:
        center: the center.
        groups: agent -> group, for agents who are in one.
        ask: has something done in the owner's loop and brings what comes of it; raises TimeoutError.
    """

    def __init__(self, center: Center, groups: Mapping[str, str], ask: Ask) -> None:
        self._center = center
        self._ask = ask
        self._name = center.name
        self._copier = Copier(center.owner, with_agents=bool(groups))
        self._groups = Groups(groups)
        self._text = QueueText(center.name, self._copier.names)
        self._books = Books()
        self._copied: Copied | None = None

    async def copy(self) -> None:
        """Copy what only the owner's loop may look at; nothing, when the owner does not serve."""
        self._copied = None
        with contextlib.suppress(AcdError):
            self._copied = await self._copier.copy()

    def give_up(self) -> None:
        """Let go of what was copied: it has not come in time."""
        self._copied = None

    def write(self, page: Page) -> None:
        """Write everything; without a copy only what can be seen from outside."""
        copied, center = self._copied, self._center
        self._one(page, "acdcore_build_info", 1, __version__, platform.python_version())
        self._one(page, "acdcore_serving", int(copied is not None))
        self._server(page)
        if copied is not None and copied.center is not None:
            self._whole(page, copied)
            rows = rows_of(copied)
            self._text.write(page, rows, copied)
            center.invariants.count("books", len(rows.keys), self._books.check(rows))
        for kind, counts in (("checks", center.invariants.checks), ("violations", center.invariants.violations)):
            samples = [((self._name, check), counts[check]) for check in CHECKS]
            page.add(f"acdcore_invariant_{kind}_total", samples)

    def _one(self, page: Page, name: str, value: float, *labels: str) -> None:
        page.add(name, [((self._name, *labels), value)])

    def _server(self, page: Page) -> None:
        """Write what needs nothing of the loop, so that it is there when the loop is not."""
        center, owner, board = self._center, self._center.owner, self._center.switchboard
        refusals = sorted(center.refusals.copy().items())
        page.add("acdcore_refusals_total", [((self._name, reason.lower()), count) for reason, count in refusals])
        self._one(page, "acdcore_inbox_requests", owner.inbox_size)
        self._one(page, "acdcore_inbox_limit_requests", owner.inbox_limit)
        self._one(page, "acdcore_watchers", len(board))
        self._one(page, "acdcore_watcher_lag_updates", board.lag())
        self._one(page, "acdcore_watcher_limit_updates", board.limit)
        self._one(page, "acdcore_watchers_dropped_total", board.dropped)
        self._one(page, "acdcore_loop_last_turn_age_seconds", center.pulse.age_s())
        self._one(page, "acdcore_clock_ahead_seconds", owner.clock.ahead_ns() / SECOND_NS)
        self._one(page, "acdcore_memory_limit_bytes", memory_limit_bytes())
        self._histogram(page, "acdcore_decision_seconds", owner.latency, DECISION_EDGES_NS)
        self._histogram(page, "acdcore_enqueue_to_offer_seconds", owner.enqueue_to_offer, DECISION_EDGES_NS)
        self._histogram(page, "acdcore_loop_stall_seconds", center.pulse.stalls, STALL_EDGES_NS)

    def _histogram(self, page: Page, name: str, of: LatencyHistogram, edges_ns: tuple[int, ...]) -> None:
        row = (labels_text(("center",), (self._name,)), of.binned(edges_ns), of.sum_ns)
        page.add_histogram(name, edges_ns, [row])

    def _whole(self, page: Page, copied: Copied) -> None:
        assert copied.center is not None
        whole, name = copied.center, self._name
        everybody, by_group = self._groups.count(copied.standings, self._copier.names.agents)
        self._name_groups(by_group, copied)
        self._one(page, "acdcore_interactions", whole.interactions)
        page.add("acdcore_agents", [((name, state), everybody[place]) for place, state in enumerate(_STATES)])
        page.add(
            "acdcore_group_agents",
            [
                ((name, label, state), counts[place])
                for label, counts in self._groups.shown(by_group).items()
                for place, state in enumerate(_STATES)
            ],
        )
        spent = [((name, state), copied.spent_ns[place] / SECOND_NS) for place, state in enumerate(_STATES)]
        page.add("acdcore_agent_seconds_total", spent)
        answers = sorted(copied.answers.items())
        labelled = [((name, Op(op).name.lower(), Result(code).name.lower()), count) for (op, code), count in answers]
        page.add("acdcore_commands_total", labelled)
        self._one(page, "acdcore_events_total", whole.event_seq)
        self._one(page, "acdcore_decisions_total", whole.offer_seq)
        page.add("acdcore_capacity", [((name, resource), limit) for resource, limit in copied.capacity.items()])
        page.add("acdcore_capacity_used", [((name, resource), getattr(whole, resource)) for resource in LIMITS])
        self._one(page, "acdcore_scrape_seconds", copied.took_ns / SECOND_NS)
        self._one(page, "acdcore_scrape_longest_turn_seconds", copied.longest_ns / SECOND_NS)

    def _name_groups(self, by_group: Mapping[str | int, Sequence[int]], copied: Copied) -> None:
        """Ask what the agents of groups without a name can do, of those that have not been asked for yet."""
        unnamed = self._groups.unnamed(by_group, copied.standings)
        if unnamed:
            with contextlib.suppress(AcdError, TimeoutError, RuntimeError):  # then they are among the others
                said = self._ask(self._copier.skills(list(unnamed.values())))
                self._groups.learn({signature: said[slot] for signature, slot in unnamed.items()})
