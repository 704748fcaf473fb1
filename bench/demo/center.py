"""The center that a replayed trace needs: the sample bank's policies, the trace's queues, tiers and agents."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

from ruamel.yaml import YAML

from ...sim.demand import sample_path
from ...sim.replay import Replay


def replay_center(replay: Replay) -> str:
    """Return a center file for a replay as text (JSON, which is YAML).

    Every queue of the trace requires the skill of its own name, so that an agent can be given exactly the
    queues that she is seen to take. Targets, times and tiers are the sample bank's; a queue or tier that it
    does not have gets those of its first queue, or no privilege.
    """
    sample: dict[str, Any] = YAML(typ="safe", pure=True).load(sample_path("bank_center.yaml").read_text("utf-8"))
    callers = [caller for recorded in replay.days for caller in recorded.day.callers]
    queues = _names(caller.queue for caller in callers)
    tiers = _names(caller.tier for caller in callers)
    policy = next(iter(sample["queues"].values()))
    agents = {
        agent: {"skills": {queue: _level(count) for queue, count in sorted(counts.items()) if queue in queues}}
        for agent, counts in sorted(replay.skills.items())
    }
    center = {
        "center": "replay",
        "settings": sample["settings"],
        "skills": queues,
        "reasons": sample["reasons"],
        "tiers": {tier: sample["tiers"].get(tier, {}) for tier in tiers},
        "queues": {
            queue: {**sample["queues"].get(queue, policy), "plan": [{"requires": {queue: 1}}]} for queue in queues
        },
        "agents": agents,
    }
    return json.dumps(center, indent=1, ensure_ascii=False)


def _names(values: Iterable[str]) -> list[str]:
    return sorted(set(values))


def _level(calls: int) -> int:
    """Proficiency by calls taken: 1 for a single one, 10 from about two thousand on."""
    return min(10, max(1, 1 + round(2.7 * math.log10(max(1, calls)))))
