"""The simulator's agenda against a sorted list."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from acdcore.sim.agenda import PlainAgenda

NODES = 60
TIMES = st.integers(0, 12)


class AgendaMachine(RuleBasedStateMachine):
    """Whatever is planned and taken back, the first one is always the one that a sorted list says."""

    def __init__(self) -> None:
        super().__init__()
        self.agenda = PlainAgenda(NODES)
        self.planned: dict[int, tuple[int, int]] = {}
        self.order = 0

    @rule(node=st.integers(0, NODES - 1), at_ns=TIMES)
    def plan(self, node: int, at_ns: int) -> None:
        if node not in self.planned:
            self.order += 1
            self.agenda.plan(node, at_ns)
            self.planned[node] = (at_ns, self.order)

    @rule(node=st.integers(0, NODES - 1), at_ns=TIMES)
    def plan_first(self, node: int, at_ns: int) -> None:
        if node not in self.planned:
            self.agenda.plan_first(node, at_ns)
            self.planned[node] = (at_ns, node - NODES)

    @rule(node=st.integers(0, NODES - 1))
    def unplan(self, node: int) -> None:
        self.agenda.unplan(node)
        self.planned.pop(node, None)

    @rule()
    def take_first(self) -> None:
        taken = self.agenda.take_first()
        if not self.planned:
            assert taken is None
            return
        node = min(self.planned, key=self.planned.__getitem__)
        assert taken == (self.planned.pop(node)[0], node)

    @precondition(lambda self: len(self.planned) > 1)
    @rule(at_ns=TIMES)
    def take_and_plan(self, at_ns: int) -> None:
        """What a simulation does most: the empty place is filled by what is planned next."""
        taken = self.agenda.take_first()
        assert taken is not None
        del self.planned[taken[1]]
        self.plan(taken[1], at_ns)

    @invariant()
    def it_is_sound(self) -> None:
        assert self.agenda.is_sound()
        assert {node for node in range(NODES) if self.agenda.is_planned(node)} == self.planned.keys()


TestAgenda = AgendaMachine.TestCase
TestAgenda.settings = settings(max_examples=60, stateful_step_count=120, deadline=None)
