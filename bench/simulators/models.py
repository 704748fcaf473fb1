"""What is simulated side by side: three call centers, from one line to a real bank's skill matrix.

All three are of one kind. Customers of several classes arrive, each class in a Poisson stream of its own. Agents come
in groups; a group serves some of the classes, each with a mean time of its own. Whoever arrives goes at once to an idle
agent who serves their class, of several to the one who has been idle longest. If there is none they wait, and give up
when their patience is over. An agent who becomes free takes, of those waiting whom they serve, one of the lowest rank,
of these who has waited longest, and is idle if there is nobody. Times of service and patience are exponential;
everybody's are drawn anew, independently of all else.

At the start nobody waits and all agents are idle (who has been idle longest among them is left open). Arrivals
end at the horizon; whoever is inside then is served or gives up as before.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

HOUR_S: Final = 3_600.0


@dataclass(frozen=True)
class Model:
    """A call center and how it is to be simulated. Times are in seconds; tuples are by class or by group.

    Attributes:
        name: as tables show it, 40 characters at most.
        arrivals_per_s: rate of arrival, by class.
        patience_s: mean patience, by class.
        rank: by class; the lowest is served first.
        agents: how many, by group.
        service_s: mean time of service, by class, by group; 0: the group does not serve the class.
        target_s: a wait that is still within the target.
        seed: of the random numbers; what a contender makes of it is its own.
        customers: how many arrive, on average, where the contender is fast enough.
    """

    name: str
    arrivals_per_s: tuple[float, ...]
    patience_s: tuple[float, ...]
    rank: tuple[int, ...]
    agents: tuple[int, ...]
    service_s: tuple[tuple[float, ...], ...]
    target_s: float = 20.0
    seed: int = 1
    customers: int = 2_000_000

    def __str__(self) -> str:
        return self.name

    @cached_property
    def rate_per_s(self) -> float:
        """Return the rate of all arrivals."""
        return sum(self.arrivals_per_s)

    @cached_property
    def serves(self) -> tuple[tuple[int, ...], ...]:
        """Return the classes that each group serves, ascending."""
        return tuple(
            tuple(kind for kind, means in enumerate(self.service_s) if means[group])
            for group in range(len(self.agents))
        )

    @cached_property
    def served_by(self) -> tuple[tuple[int, ...], ...]:
        """Return the groups that serve each class, ascending."""
        return tuple(tuple(group for group, mean in enumerate(means) if mean) for means in self.service_s)

    @property
    def one_line(self) -> bool:
        """Whether there is one class and one group, and so nothing to route."""
        return len(self.arrivals_per_s) == len(self.agents) == 1

    def horizon_s(self, customers: int) -> float:
        """Return the time in which so many customers arrive on average."""
        return customers / self.rate_per_s


# ---------------------------------------------------------------------- 1: one line

_SERVICE_S: Final = 180.0

ERLANG_A: Final = Model(
    "M/M/100+M",
    arrivals_per_s=(95 / _SERVICE_S,),
    patience_s=(2 * _SERVICE_S,),
    rank=(0,),
    agents=(100,),
    service_s=((_SERVICE_S,),),
)
"""Erlang A: 100 agents, 95 erlang, patience twice as long as the service; of which theory knows everything."""


# ---------------------------------------------------------------------- 2: six skills, two tiers

SKILLS: Final = 6
CALLS_AN_HOUR: Final = (250, 195, 175, 135, 105, 78)
"""By skill: 57 erlang for 60 agents."""
TALK_S: Final = (180, 210, 200, 240, 270, 300)
"""Mean, by skill, whoever the agent is."""
HIGH_SHARE: Final = 0.2
"""Of a skill's calls this share is of the high tier."""
TIER_PATIENCE_S: Final = (180.0, 240.0)
AGENTS_A_SET: Final = 5


def _skill_sets() -> tuple[tuple[int, ...], ...]:
    """Return the 12 sets of skills: six neighboring pairs, and six triples such as 0, 2, 3."""
    pairs = [(skill, (skill + 1) % SKILLS) for skill in range(SKILLS)]
    triples = [(skill, (skill + 2) % SKILLS, (skill + 3) % SKILLS) for skill in range(SKILLS)]
    return tuple(tuple(sorted(skills)) for skills in (*pairs, *triples))


def _six_skills() -> Model:
    """Return the second model; class 2 s is the high tier of skill s, class 2 s + 1 the low one."""
    shares = (HIGH_SHARE, 1 - HIGH_SHARE)
    sets = _skill_sets()
    return Model(
        "6 skills, 2 tiers",
        arrivals_per_s=tuple(calls / HOUR_S * share for calls in CALLS_AN_HOUR for share in shares),
        patience_s=TIER_PATIENCE_S * SKILLS,
        rank=(0, 1) * SKILLS,
        agents=(AGENTS_A_SET,) * len(sets),
        service_s=tuple(
            tuple(float(TALK_S[skill]) if skill in skills else 0.0 for skills in sets)
            for skill in range(SKILLS)
            for _ in shares
        ),
    )


SIX_SKILLS: Final = _six_skills()
"""Six queues that each require one skill, each with two tiers of customers, and 60 agents with two or three skills.

A freed agent takes the high tier before the low one, whatever the skill, and within a tier who has waited longest.
"""


# ---------------------------------------------------------------------- 3: a bank's skill matrix

_BANK_AGENTS: Final = (93, 89, 28, 27, 15, 31, 19, 45, 20)
_BANK_ARRIVALS: Final = (
    *(1216.22, 1363.7, 916.82, 158.85, 350.79, 30.5, 396.38, 161.94, 43.84, 371.33, 36.48, 27.05, 37.21),
)  # an hour
_BANK_LOSS: Final = (7.01, 7.74, 7.74, 36.26, 5.73, 6.12, 4.57, 8.25, 7.38, 9.78, 7.62, 13.37, 17.54)  # an hour
_BANK_SERVICE: Final = (  # an hour, by class, by group
    (16.47, 0, 16.05, 0, 0, 16.07, 16.29, 0, 16.79),
    (16.72, 16.36, 14.82, 16.65, 16.14, 0, 0, 0, 17.26),
    (15.91, 17.28, 0, 16.74, 16.47, 18.13, 15.19, 26.71, 16.72),
    (0, 13.21, 11.9, 0, 13.58, 0, 12.49, 0, 15.04),
    (0, 15.61, 0, 15.45, 17.01, 0, 14.73, 0, 0),
    (0, 0, 0, 15.37, 0, 0, 0, 0, 0),
    (0, 0, 0, 0, 14.12, 15.18, 13.43, 0, 0),
    (0, 0, 0, 0, 0, 0, 10.86, 0, 0),
    (0, 0, 9.13, 0, 0, 0, 0, 0, 0),
    (17.57, 0, 0, 15.87, 0, 0, 0, 9.63, 0),
    (0, 0, 0, 0, 0, 0, 0, 0, 10.86),
    (0, 0, 0, 0, 0, 0, 0, 0, 11.36),
    (0, 0, 0, 0, 0, 0, 0, 0, 11.21),
)

BANK: Final = Model(
    "13 classes x 9 groups",
    arrivals_per_s=tuple(rate / HOUR_S for rate in _BANK_ARRIVALS),
    patience_s=tuple(HOUR_S / rate for rate in _BANK_LOSS),
    rank=(0,) * 13,
    agents=_BANK_AGENTS,
    service_s=tuple(tuple(HOUR_S / rate if rate else 0.0 for rate in rates) for rates in _BANK_SERVICE),
)
"""A US bank: 367 agents in 9 groups, 13 classes, 5,111 calls an hour, first come first served.

The rates are the parameters that Ata and Kasikaralar published (their main data set).
"""

MODELS: Final = (ERLANG_A, SIX_SKILLS, BANK)
