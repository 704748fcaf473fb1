"""The dashboard "Floor": what a supervisor watches. Who waits, how long, who is there, whether promises are kept."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.models import dashboard as model

from .panels import (
    BLUE,
    COUNT,
    DARK_RED,
    GRAY,
    GREEN,
    NUMBER,
    ORANGE,
    PURPLE,
    RED,
    SECONDS,
    SHARE,
    TIMES,
    YELLOW,
    Column,
    Query,
    Section,
    Steps,
    bars,
    by_color,
    choice,
    data_source,
    grid,
    lines,
    number,
    page,
    window,
)

CENTER: Final = 'center="$center"'
WHERE: Final = f'{CENTER},queue=~"$queue",tier=~"$tier"'
PROMISED: Final = 0.8
"""Where colors of service levels turn green: the objective that the rules have, too, unless somebody sets another."""
OBJECTIVE: Final = Query("acdcore:service_level:objective", "objective", DARK_RED)

STATES: Final = {
    "available": GREEN,
    "offered": YELLOW,
    "busy": BLUE,
    "wrap_up": PURPLE,
    "not_ready": ORANGE,
    "offline": GRAY,
}
OUTCOMES: Final = {"accepted": GREEN, "declined": ORANGE, "expired": RED, "revoked": GRAY, "failed": DARK_RED}
YES: Final = {"0": ("no", RED), "1": ("yes", GREEN)}
BY_SHARE: Final[Steps] = ((None, RED), (PROMISED - 0.1, YELLOW), (PROMISED, GREEN))
BY_TARGET: Final[Steps] = ((None, GREEN), (1, YELLOW), (2, RED))

SERVICE_LEVEL: Final = "answered in target / (answered + abandoned − abandoned in target)"
ASA: Final = "the mean wait of those answered, from the moment they began to wait to the agent's acceptance"
ABANDONED: Final = "abandoned / (answered + abandoned)"
GONE: Final = 'outcome="abandoned"'
DONE: Final = 'outcome="completed"'
ENDED: Final = 'outcome=~"' + "|".join(OUTCOMES) + '"'
OCCUPANCY: Final = "(busy + wrap-up) / (available + offered + busy + wrap-up), of agents' time"


def total(metric: str, by: str = "", *, more: str = "") -> str:
    """Return the sum of a metric over what is chosen, by some labels."""
    labels = WHERE + (f",{more}" if more else "")
    return f"sum{f' by ({by}) ' if by else ''}({metric}{{{labels}}})"


def speed(metric: str, by: str = "", *, more: str = "") -> str:
    """Return how fast a counter grew within the window that is chosen, summed, by some labels."""
    labels = WHERE + (f",{more}" if more else "")
    return f"sum{f' by ({by}) ' if by else ''}(rate({metric}{{{labels}}}[$window]))"


def ratio(above: str, below: str) -> str:
    """Return a share; where there is nothing to divide by there is no value, rather than one that is no number."""
    return f"{above} / ({below} > 0)"


def service_level(by: str = "") -> str:
    """Return the service level within the window."""
    return ratio(speed("acdcore_service_level_met_total", by), speed("acdcore_service_level_eligible_total", by))


def mean_wait(by: str = "") -> str:
    """Return the mean wait of those answered within the window."""
    return ratio(speed("acdcore_wait_seconds_sum", by), speed("acdcore_wait_seconds_count", by))


def abandoned(by: str = "") -> str:
    """Return the share of those who hung up before an answer."""
    gone = speed("acdcore_interactions_ended_total", by, more=GONE)
    return ratio(gone, f"({speed('acdcore_answered_total', by)} + {gone})")


def handled(by: str = "") -> str:
    """Return the mean time of service, wrap-up included, of those completed."""
    spent = f"({speed('acdcore_handle_seconds_total', by)} + {speed('acdcore_wrap_up_seconds_total', by)})"
    return ratio(spent, speed("acdcore_interactions_ended_total", by, more=DONE))


def in_window(metric: str, by: str, *, more: str = "") -> str:
    """Return how many there were within the window."""
    labels = WHERE + (f",{more}" if more else "")
    return f"sum by ({by}) (increase({metric}{{{labels}}}[$window]))"


def occupancy() -> str:
    """Return the share of their ready time that agents worked, within the window."""
    seconds = "acdcore_agent_seconds_total"
    at_work = f'sum(rate({seconds}{{{CENTER},state=~"busy|wrap_up"}}[$window]))'
    ready = f'sum(rate({seconds}{{{CENTER},state=~"available|offered|busy|wrap_up"}}[$window]))'
    return ratio(at_work, ready)


def _now() -> Section:
    return Section(
        "Now",
        [
            number("Waiting", "Interactions that wait now.", total("acdcore_waiting_interactions"), unit=COUNT),
            number(
                "Longest wait",
                "How long whoever waits longest has waited.",
                f"max(acdcore_oldest_wait_seconds{{{WHERE}}})",
                unit=SECONDS,
            ),
            number(
                "Available agents",
                "Agents who are free and ready, of all queues.",
                f'sum(acdcore_agents{{{CENTER},state="available"}})',
                unit=COUNT,
                steps=((None, RED), (1, GREEN)),
            ),
            number(
                "Signed in",
                "Agents who are not offline, of all queues.",
                f'sum(acdcore_agents{{{CENTER},state!="offline"}})',
                unit=COUNT,
                steps=((None, RED), (1, BLUE)),
            ),
            number(
                "Service level",
                f"{SERVICE_LEVEL}, each queue by its own target, within the last $window.",
                service_level(),
                unit=SHARE,
                steps=BY_SHARE,
                decimals=1,
            ),
            number("Mean wait (ASA)", f"{ASA}; the last $window.", mean_wait(), unit=SECONDS),
            number(
                "Abandoned",
                f"{ABANDONED}, within the last $window.",
                abandoned(),
                unit=SHARE,
                steps=((None, GREEN), (0.05, YELLOW), (0.1, RED)),
                decimals=1,
            ),
            number(
                "Occupancy",
                f"{OCCUPANCY}, within the last $window; of all agents. Much above 85 % is hard to bear for long.",
                occupancy(),
                unit=SHARE,
                steps=((None, BLUE), (0.85, YELLOW), (0.92, RED)),
                decimals=1,
            ),
        ],
    )


def _queues() -> Section:
    by = "queue"
    oldest = f"max by ({by}) (acdcore_oldest_wait_seconds{{{WHERE}}})"
    target = f"max by ({by}) (acdcore_target_seconds{{{WHERE}}})"
    door = f'{{{CENTER},queue=~"$queue"}}'
    columns = [
        Column("Open", f"max by ({by}) (acdcore_queue_open{door})", NUMBER, words=YES),
        Column("Staffed", f"max by ({by}) (acdcore_queue_staffed{door})", NUMBER, words=YES),
        Column("Waiting", total("acdcore_waiting_interactions", by), NUMBER),
        Column("Longest wait", oldest, SECONDS),
        Column("In targets", ratio(oldest, target), TIMES, BY_TARGET, 1),
        Column("Target", target, SECONDS),
        Column("Ringing", total("acdcore_offered_interactions", by), NUMBER),
        Column("In service", total("acdcore_active_interactions", by), NUMBER),
        Column("Arrived", in_window("acdcore_enqueued_total", by), NUMBER, decimals=0),
        Column("Answered", in_window("acdcore_answered_total", by), NUMBER, decimals=0),
        Column("Abandoned", in_window("acdcore_interactions_ended_total", by, more=GONE), NUMBER, (), 0),
        Column("Service level", service_level(by), SHARE, BY_SHARE, 1),
        Column("ASA", mean_wait(by), SECONDS, decimals=0),
        Column("Handle time", handled(by), SECONDS, decimals=0),
    ]
    about = (
        "Staffed: somebody is signed in who could serve it. Left of 'Arrived' is now; 'In targets' is the longest wait "
        "in targets of the queue. From 'Arrived' on: within the last $window. Service level: "
        f"{SERVICE_LEVEL}. ASA: {ASA}. Handle time: service and wrap-up, mean of those completed."
    )
    return Section("Queues", [grid("Queues", about, by, columns, order="In targets")])


def _waiting() -> Section:
    return Section(
        "Waiting",
        [
            lines(
                "Waiting, by queue",
                "Interactions that wait.",
                Query(total("acdcore_waiting_interactions", "queue"), "{{queue}}"),
                unit=COUNT,
                stacked=True,
            ),
            lines(
                "Longest wait, in targets",
                "How long whoever waits longest has waited, in targets of the queue. Above the line, 1, the promise "
                "to somebody is broken already.",
                Query(
                    ratio(
                        f"max by (queue) (acdcore_oldest_wait_seconds{{{WHERE}}})",
                        f"max by (queue) (acdcore_target_seconds{{{WHERE}}})",
                    ),
                    "{{queue}}",
                ),
                unit=TIMES,
                limit=1,
            ),
            lines(
                "Arrived, answered, abandoned, a minute",
                "Interactions a minute, averaged over $window.",
                Query(f"60 * {speed('acdcore_enqueued_total')}", "arrived", BLUE),
                Query(f"60 * {speed('acdcore_answered_total')}", "answered", GREEN),
                Query(
                    f"60 * {speed('acdcore_interactions_ended_total', more=GONE)}",
                    "abandoned",
                    RED,
                ),
                unit=NUMBER,
            ),
        ],
    )


def _promises() -> Section:
    return Section(
        "Promises",
        [
            lines(
                "Service level, by queue",
                f"{SERVICE_LEVEL}, each queue by its own target, averaged over $window; the objective is the rules'.",
                Query(service_level("queue"), "{{queue}}"),
                OBJECTIVE,
                unit=SHARE,
                most=1,
            ),
            lines(
                "Mean wait (ASA), by queue",
                f"{ASA}; averaged over $window.",
                Query(mean_wait("queue"), "{{queue}}"),
                unit=SECONDS,
            ),
            lines(
                "Abandoned, by queue",
                f"{ABANDONED}, averaged over $window.",
                Query(abandoned("queue"), "{{queue}}"),
                unit=SHARE,
            ),
        ],
    )


def _tiers() -> Section:
    nine_of_ten = f"histogram_quantile(0.9, sum by (tier, le) (rate(acdcore_wait_seconds_bucket{{{WHERE}}}[$window])))"
    return Section(
        "Tiers: VIP against standard",
        [
            lines(
                "Service level, by tier",
                f"{SERVICE_LEVEL}, averaged over $window.",
                Query(service_level("tier"), "{{tier}}"),
                OBJECTIVE,
                unit=SHARE,
                most=1,
                width=6,
            ),
            lines(
                "Mean wait (ASA), by tier",
                f"{ASA}; averaged over $window.",
                Query(mean_wait("tier"), "{{tier}}"),
                unit=SECONDS,
                width=6,
            ),
            lines(
                "Wait that 90 % do not exceed, by tier",
                "Of those answered within $window; between two edges of the histogram it is interpolated.",
                Query(nine_of_ten, "{{tier}}"),
                unit=SECONDS,
                width=6,
            ),
            lines(
                "Abandoned, by tier",
                f"{ABANDONED}, averaged over $window.",
                Query(abandoned("tier"), "{{tier}}"),
                unit=SHARE,
                width=6,
            ),
        ],
    )


def _agents() -> Section:
    states = Query(f'sum by (state) (acdcore_agents{{{CENTER},state!="offline"}})', "{{state}}")
    return Section(
        "Agents, of all queues",
        [
            by_color(
                lines(
                    "Agents by state",
                    "Each agent counts once. Offered: something rings; wrap-up: finishes what was served.",
                    states,
                    unit=COUNT,
                    stacked=True,
                ),
                STATES,
            ),
            lines(
                "Occupancy",
                f"{OCCUPANCY}, averaged over $window. The line, 85 %, is where work without a pause begins to wear.",
                Query(occupancy(), "occupancy", BLUE),
                unit=SHARE,
                most=1,
                limit=0.85,
            ),
            bars(
                "Available agents, by group",
                "Groups as the center's configuration names them; who is in none is grouped by skills. The 50 largest; "
                "the rest is 'other'.",
                Query(f'sort_desc(sum by (group) (acdcore_group_agents{{{CENTER},state="available"}}))', "{{group}}"),
                unit=NUMBER,
            ),
        ],
    )


def _offers() -> Section:
    lost = speed("acdcore_offers_total", "queue", more='outcome=~"expired|declined|failed"')
    return Section(
        "Offers",
        [
            by_color(
                lines(
                    "Offers by outcome, a minute",
                    "Accepted, declined by the agent, expired without an answer, revoked (the customer hung up, the "
                    "agent left), failed (the connection did not come about). Averaged over $window.",
                    Query(f"60 * {speed('acdcore_offers_total', 'outcome', more=ENDED)}", "{{outcome}}"),
                    unit=NUMBER,
                    stacked=True,
                    width=12,
                ),
                OUTCOMES,
            ),
            lines(
                "Offers that agents did not take, by queue",
                "(declined + expired + failed) / made, averaged over $window. What rises here lengthens every wait.",
                Query(ratio(lost, speed("acdcore_offers_total", "queue", more='outcome="made"')), "{{queue}}"),
                unit=SHARE,
                width=12,
            ),
        ],
    )


def floor() -> model.Dashboard:
    """Return the dashboard for supervisors."""
    return page(
        uid="acdcore-floor",
        title="acdcore: Floor",
        about="For supervisors: who waits, how long, who is there, and whether promises are kept.",
        tags=["acdcore", "contact center"],
        variables=[
            data_source(),
            choice("center", "Center", "The contact center.", "label_values(acdcore_serving, center)", several=False),
            choice(
                "queue",
                "Queue",
                "Queues to count; agents are of all of them.",
                f"label_values(acdcore_target_seconds{{{CENTER}}}, queue)",
                several=True,
            ),
            choice(
                "tier",
                "Tier",
                "Customers' tiers to count.",
                f"label_values(acdcore_target_seconds{{{CENTER}}}, tier)",
                several=True,
            ),
            window(("5m", "15m", "30m", "1h", "4h", "8h"), "30m"),
        ],
        sections=[_now(), _queues(), _waiting(), _promises(), _tiers(), _agents(), _offers()],
        begins="now-8h",
        refresh="10s",
        alerts='ALERTS{alertstate="firing",alertname=~"Acdcore.*",center=~"$center|"}',
    )
