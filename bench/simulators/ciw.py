"""Ciw: a network of one node, whose customers renege."""

from __future__ import annotations

from importlib.util import find_spec
from math import inf
from typing import Any, ClassVar

from .base import ABANDONED, ANSWERED, BATCHES, OFFERED, WAITED, WITHIN, Empty, Outcome
from .models import Model


class Node:
    """One node of Ciw; figures come from its records, which it keeps of every customer."""

    name: ClassVar[str] = "Ciw"

    @classmethod
    def missing(cls) -> str | None:
        """Say whether Ciw is installed."""
        return None if find_spec("ciw") else "Ciw is not installed: pip install ciw"

    @classmethod
    def cannot(cls, model: Model) -> str | None:
        """Say what it lacks."""
        if model.one_line:
            return None
        return "the servers of a node serve everybody who waits there, it has no skills"

    def prepare(self, model: Model) -> None:
        """Prepare nothing."""

    def run(self, model: Model, customers: int, seed: int) -> Outcome:
        """Simulate until nobody is left, and go through the records."""
        import ciw

        horizon_s = model.horizon_s(customers)

        class UntilHorizon(ciw.dists.Exponential):  # type: ignore[misc,unused-ignore]
            """Gaps between arrivals; none ends after the horizon."""

            def sample(self, t: float | None = None, ind: Any = None) -> float:
                gap_s = float(super().sample(t, ind))
                return gap_s if (t or 0.0) + gap_s < horizon_s else inf

        network = ciw.create_network(
            arrival_distributions=[UntilHorizon(model.rate_per_s)],
            service_distributions=[ciw.dists.Exponential(1 / model.service_s[0][0])],
            reneging_time_distributions=[ciw.dists.Exponential(1 / model.patience_s[0])],
            number_of_servers=[model.agents[0]],
        )
        ciw.seed(seed)
        simulation = ciw.Simulation(network)
        simulation.simulate_until_max_time(horizon_s + 1_000 * model.service_s[0][0])
        return counted(model, horizon_s, simulation.get_all_records())


def counted(model: Model, horizon_s: float, records: list[Any]) -> Outcome:
    """Return what the records come to."""
    found = Empty(model)
    for record in records:
        batch = min(int(record.arrival_date / horizon_s * BATCHES), BATCHES - 1)
        count = found.counts[batch, 0]
        wait_s = record.waiting_time
        count[OFFERED] += 1
        count[WAITED] += wait_s > 0
        found.wait_s[batch, 0] += wait_s
        if record.record_type == "renege":
            count[ABANDONED] += 1
        else:
            count[ANSWERED] += 1
            count[WITHIN] += wait_s <= model.target_s
            found.work_s[batch, 0] += record.service_time
    return found.outcome()
