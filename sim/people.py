"""How an agent of a simulated day behaves, whoever carries the messages.

The same small mind stands behind the exact simulation and behind the demo's gRPC clients: it says how long
she rings, what she does after a call, and when her breaks are due. It knows no clock; times are seconds
since midnight, given by whoever asks.
"""

from __future__ import annotations

from dataclasses import dataclass

from .demand import AgentPlan, is_break


@dataclass(frozen=True, slots=True)
class Rest:
    """What follows a call: ``for_s`` seconds of wrap-up, or of a break (not ready)."""

    for_s: float
    is_break: bool


class AgentMind:
    """One agent's habits, taken from her plan in turn, from the first again when the plan runs out."""

    def __init__(self, plan: AgentPlan) -> None:
        self.plan = plan
        self._calls = 0
        self._offers = 0
        self._breaks = 0

    def pick_up_s(self) -> float:
        """How long she lets this call ring."""
        chosen = self.plan.pick_up_s[self._offers % len(self.plan.pick_up_s)]
        self._offers += 1
        return chosen

    def after_call(self, now_s: float) -> Rest:
        """What she does after a call that ended at ``now_s``: a break that is due, else wrap-up or absence."""
        due = self.due_break(now_s)
        if due is not None:
            return Rest(due, is_break=True)
        away = self.plan.away_s[self._calls % len(self.plan.away_s)]
        self._calls += 1
        return Rest(away, is_break(away))

    def due_break(self, now_s: float) -> float | None:
        """How long the break lasts that is due by ``now_s``; None if none is. It is then taken."""
        if self._breaks < len(self.plan.breaks) and self.plan.breaks[self._breaks].at_s <= now_s:
            taken = self.plan.breaks[self._breaks]
            self._breaks += 1
            return taken.for_s
        return None

    def next_break_s(self) -> float | None:
        """When the next break is due; None when there is none left."""
        return self.plan.breaks[self._breaks].at_s if self._breaks < len(self.plan.breaks) else None
