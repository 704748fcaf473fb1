"""What a center's file may say but can hardly mean: warnings, each with its place, its value and what to do.

Nothing here is an error. What could be judged only by guessing how much work will come is left to the
simulator; everything here follows from the file alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Final

from ..errors import shown
from ..plans import Requirement
from ..router.codes import DAY_NS, MAX_WAIT_EDGES, PPM, SECOND_NS, UNITS, WAIT_EDGES_NS, OnExpiry, Order, Overflow
from .durations import format_duration
from .models import DEFAULT_CHANNEL, Center, Channel, Override, Queue, Reserve, Step
from .staffing import Line, Staff, lines_of, shut
from .tree import Path, Problem, path_text
from .words import enumerated, requirement_words

MOST_OF_A_KIND: Final = 20
"""Agents and circles that are named one by one; of the others only how many."""
MOST_NAMED: Final = 6
"""Queues that are named in one warning."""
APART: Final = 30
"""Promises that are so many times apart want different priorities."""
RESERVE_OPENS_LATE_NS: Final = 600 * SECOND_NS
_LEAST_TARGET_NS: Final = SECOND_NS
Warning_ = tuple[Path, str, str]


def lint(center: Center) -> list[Problem]:
    """Return the warnings about a valid center, in the order of the file."""
    staff = Staff(center)
    lines = lines_of(center, staff)
    found: list[Warning_] = []
    for look in (
        _skills,
        _channels,
        _tiers,
        _calendars,
        _agents,
        _queues,
        _plans,
        _moves,
        _priorities,
        _promises,
        _edges,
    ):
        found += look(center, staff, lines)
    problems = [Problem(_place(center, path), center.line_of(*path), value, message) for path, value, message in found]
    return sorted(problems, key=lambda problem: problem.line)


def _place(center: Center, path: Path) -> str:
    """Return where a warning is about: a skill by its name, as nobody counts the places of a long list."""
    match path:
        case ("skills", int(index)):
            return f"skills: {shown(center.skills[index])}"
        case _:
            return path_text(path)


Lines = Mapping[str, Line]


def _asked(queue: Queue, step: int) -> str:
    requirement = queue.requirements()[step]
    channel = "" if queue.channel == DEFAULT_CHANNEL else f", on {queue.channel}"
    return f"{requirement_words(requirement or Requirement()) or 'nothing'}{channel}"


# ---------------------------------------------------------------------- the parts of a file


def _skills(center: Center, staff: Staff, lines: Lines) -> Iterator[Warning_]:
    needed: set[str] = set()
    for line in lines.values():
        for step in line.queue.plan:
            needed.update(step.requires, *step.any_of, step.excludes, step.prefers)
    for index, skill in enumerate(center.skills):
        is_had, is_needed = bool(staff.with_skill(skill, 1)), skill in needed
        if not is_had and not is_needed:
            yield ("skills", index), "", "no agent has this skill, and no queue asks for it: remove it"
        elif not is_had:
            yield ("skills", index), "", "no agent has this skill: give it to one, or remove it"
        elif not is_needed:
            yield ("skills", index), "", "no queue asks for this skill: ask for it in a plan, or remove it"


def _channels(center: Center, _staff: Staff, lines: Lines) -> Iterator[Warning_]:
    used = {line.queue.channel for line in lines.values()}
    for name, channel in center.channels.items():
        if name not in used and name != DEFAULT_CHANNEL:
            yield ("channels", name), name, "no queue is on this channel: put one on it, or remove it"
        fit = UNITS // channel.cost
        if channel.most_at_once > fit:
            message = f"only {fit} of cost {channel.cost} fit into an agent's {UNITS} units: lower this or the cost"
            yield ("channels", name, "most_at_once"), str(channel.most_at_once), message


def _tiers(center: Center, _staff: Staff, _lines: Lines) -> Iterator[Warning_]:
    name = center.default_tier()
    tier = center.all_tiers()[name]
    why = "everybody without a tier gets this: the tier is the default (lowest rank, then the first)"
    if tier.head_start_ns:
        yield ("tiers", name, "head_start"), format_duration(tier.head_start_ns), why
    if tier.target_factor_ppm != PPM:
        yield ("tiers", name, "target_factor"), f"{tier.target_factor_ppm / PPM:g}", why


def _calendars(center: Center, _staff: Staff, lines: Lines) -> Iterator[Warning_]:
    used = {line.queue.calendar for line in lines.values()}
    for name, calendar in center.calendars.items():
        if name not in used:
            yield ("calendars", name), name, "no queue has this calendar: give it to one, or remove it"
        if not any(calendar.hours.values()) and not any(calendar.special.values()):
            yield ("calendars", name), name, "never opens: state hours"
    for name, line in lines.items():
        if line.queue.calendar is None and line.queue.at_closing == "turn_away":
            yield ("queues", name, "at_closing"), "turn_away", "only a calendar closes: state one, or remove this"


def _agents(_center: Center, staff: Staff, lines: Lines) -> Iterator[Warning_]:
    useful = 0
    for line in lines.values():
        useful |= line.able
    idle = staff.everybody & ~useful if lines else 0
    numbers = [number for number in range(len(staff.profiles)) if idle >> number & 1][: MOST_OF_A_KIND + 1]
    for number in numbers[:MOST_OF_A_KIND]:
        path, count, _ = staff.profiles[number]
        like = f" (and {count - 1} more like this)" if count > 1 and path[0] == "agents" else ""
        message = f"can take no queue's work{like}: no queue is content with these skills and channels"
        yield path, str(path[-1]), message
    if len(numbers) > MOST_OF_A_KIND:
        more = idle.bit_count() - MOST_OF_A_KIND
        yield ("agents",), "", f"{more} more kinds of agents can take no queue's work"


# ---------------------------------------------------------------------- queues by themselves


def _queues(center: Center, staff: Staff, lines: Lines) -> Iterator[Warning_]:
    if not lines:
        yield ("queues",), "", "the center has no queue: nothing can wait"
    order = center.settings.order
    moved_to = {to for queue in center.queues.values() for _, to in _moves_of(queue)}
    for name, line in lines.items():
        queue, path = line.queue, ("queues", name)
        if not line.able:
            leaves = (
                queue.max_wait_ns
                or any(step.move_to for step in queue.plan)
                or queue.on_unstaffed.overflow != Overflow.WAIT
            )
            fate = "" if leaves else "; what waits here never ends by itself: state max_wait"
            yield path, name, f"no agent can serve this queue: it requires {_asked(queue, 0)}{fate}"
        if order == Order.PROPORTIONAL and not queue.target_ns:
            message = "a promise of nothing is used up at once: with order proportional this goes before all others"
            yield (*path, "target"), "0s", f"{message} of its priority; state a target"
        yield from _endless(center.all_channels()[queue.channel], queue, path)
        yield from _reserved(center, staff, line, is_moved_to=name in moved_to)
        if not queue.max_waiting:
            moved = queue.on_full.move_to
            fate = "is refused" if moved is None else f"moves to {moved}"
            yield (*path, "max_waiting"), "0", f"everybody who comes {fate}, agents free or not: state 1 at least"
        moving = next((number for number, step in enumerate(queue.plan) if step.move_to is not None), None)
        if queue.on_unstaffed.overflow != Overflow.WAIT and moving is not None:
            message = f"never happens: what nobody can serve moves on by plan[{moving}]; remove one of the two"
            yield (*path, "on_unstaffed"), "", message
        if "on_max_wait" in queue.model_fields_set and not queue.max_wait_ns:
            yield (*path, "on_max_wait"), "", "never happens: state max_wait, which is when it happens"
        if "held_for_ns" in queue.model_fields_set and queue.on_held.overflow != Overflow.WAIT:
            said = format_duration(queue.held_for_ns)
            yield (*path, "held_for"), said, "has no effect: only with on_held retry is something held for a while"


def _endless(channel: Channel, queue: Queue, path: Path) -> Iterator[Warning_]:
    """Work that nothing ends when the one who should is gone."""
    if queue.max_handle_time_ns > DAY_NS and channel.cost == UNITS:
        message = "work whose client is lost keeps its agent from all other work for so long: state a day at most"
        yield (*path, "max_handle_time"), format_duration(queue.max_handle_time_ns), message
    retried = queue.on_held.overflow == Overflow.WAIT and queue.on_expiry == OnExpiry.KEEP
    if retried and not queue.max_wait_ns:
        message = "what nobody answers is offered for ever: on_held tries again and no max_wait ends it; state one"
        yield (*path, "on_expiry"), "keep", message


def _reserved(center: Center, staff: Staff, line: Line, *, is_moved_to: bool) -> Iterator[Warning_]:
    reserve = line.queue.reserve
    if reserve is None or not reserve.agents:
        return
    path = ("queues", line.name, "reserve")
    ranks = [tier.rank for tier in center.all_tiers().values()]
    if reserve.rank > max(ranks):
        yield (*path, "rank"), str(reserve.rank), f"no tier ranks so high (at most {max(ranks)}): kept free for nobody"
    elif reserve.rank <= min(ranks):
        yield (*path, "rank"), str(reserve.rank), "every tier ranks so high: keeps nobody out; state a higher rank"
    there = staff.count(line.able)
    if line.able and there <= reserve.agents:
        opens = format_duration(reserve.opens_ns)
        when = f"are offered nobody until {opens} past due" if reserve.opens_ns else "wait until they are due"
        if reserve.opens_ns > RESERVE_OPENS_LATE_NS:
            when = f"can starve, for they {when}"
        everybody = "the only agent" if there == 1 else f"all {there} agents"
        message = f"keeps back {everybody} of this queue: lower tiers {when}; keep fewer"
        yield (*path, "agents"), str(reserve.agents), message
    if not is_moved_to:  # who comes from another queue may have waited long enough already
        yield from _opened_in_vain(center, line, reserve)


def _opened_in_vain(center: Center, line: Line, reserve: Reserve) -> Iterator[Warning_]:
    """Warn of a reserve that opens for those of low rank only when the plan, or max_wait, has taken them away."""
    queue = line.queue
    moves = [(step.after_ns, f"plan[{at}]") for at, step in enumerate(queue.plan) if step.move_to and not step.when]
    if queue.max_wait_ns and queue.on_max_wait.overflow == Overflow.MOVE:
        moves.append((queue.max_wait_ns, "max_wait"))
    opens = []
    for name, tier in center.all_tiers().items():
        if tier.rank < reserve.rank:
            own = queue.tiers.get(name) or Override()
            factor = tier.target_factor_ppm if own.target_factor_ppm is None else own.target_factor_ppm
            head_start_ns = tier.head_start_ns if own.head_start_ns is None else own.head_start_ns
            opens.append(queue.target_ns * factor // PPM - head_start_ns + reserve.opens_ns)
    if not moves or not opens or min(opens) < min(moves)[0]:
        return
    moved_ns, by = min(moves)
    message = (
        f"opens {format_duration(min(opens))} after the beginning of the wait, when {by} has moved on who waits"
        f" ({format_duration(moved_ns)}): let it open earlier"
    )
    yield ("queues", line.name, "reserve", "opens"), format_duration(reserve.opens_ns), message


# ---------------------------------------------------------------------- plans


def _plans(center: Center, staff: Staff, lines: Lines) -> Iterator[Warning_]:
    for name, line in lines.items():
        queue = line.queue
        requirements = queue.requirements()
        stated = 0  # the latest step that says who may serve
        for number, step in enumerate(queue.plan):
            path: Path = ("queues", name, "plan", number)
            mask = line.steps[number]
            if line.able and mask == 0:
                asked = _asked(queue, number)
                advice = "lower it" if number == 0 and step.skip_when_hopeless else "lower or remove it"
                yield path, "", f"no agent can serve in this step: it requires {asked}; {advice}"
            if queue.max_wait_ns and step.after_ns >= queue.max_wait_ns:
                most = format_duration(queue.max_wait_ns)
                message = f"begins when max_wait ({most}) has ended the wait: begin earlier, or wait longer"
                yield (*path, "after"), format_duration(step.after_ns), message
            closed = shut(center, staff, queue, step)
            if closed is not None:
                where, value, why = closed
                yield (*path, "when", *where.split(".")), value, f"this gate never opens: {why}; change one of the two"
            if number and step.move_to is None and step.priority is None:
                before = queue.plan[stated]
                if requirements[number] is None:
                    yield path, "", "does nothing: say who may serve, a priority or where to move, or remove it"
                elif requirements[number] == requirements[stated] and before.when in (None, step.when):
                    yield path, "", "asks for the same as the step before and does nothing else: change or remove it"
            yield from _replaced(staff, line, number)
            stated = stated if requirements[number] is None else number
            raised = max([queue.priority, *(one.priority or queue.priority for one in queue.plan[:number])])
            if step.priority is not None and step.priority <= raised:
                message = f"raises nothing: the priority is {raised} already, and a step never lowers it"
                yield (*path, "priority"), str(step.priority), message
            yield from _lent(center, staff, line, number)
    lends = {
        name: [step.when.lender.queue for step in line.queue.plan if step.when and step.when.lender]
        for name, line in lines.items()
    }
    for circle in _circles(lends):
        number = next(i for i, step in enumerate(lines[circle[0]].queue.plan) if _lender(step) == circle[1])
        path = ("queues", circle[0], "plan", number, "when", "lender", "queue")
        message = f"they lend to each other ({_circle_words(circle, 'from')}): under load neither can; let one lend"
        yield path, circle[1], message


def _superseded(queue: Queue, number: int) -> int | None:
    """Return which step keeps a step from ever saying who may serve: one that begins with it and replaces it."""
    own = queue.plan[number]
    later = range(number + 1, len(queue.plan))
    return next(
        (
            at
            for at in later
            if queue.plan[at].after_ns == own.after_ns
            and queue.plan[at].states_requirement
            and queue.plan[at].when is None
        ),
        None,
    )


def _replaced(staff: Staff, line: Line, number: int) -> Iterator[Warning_]:
    """Warn of a step that is replaced as it begins, and of one that takes from those who could serve before it."""
    queue, mask = line.queue, line.steps[number]
    if mask is None:
        return
    path: Path = ("queues", line.name, "plan", number)
    by = _superseded(queue, number)
    if by is not None:
        message = f"nobody serves by this: plan[{by}] begins at the same time and replaces it; remove it, or let that"
        yield path, "", f"{message} begin later"
    if not mask or not line.reached[number]:
        return  # it never holds, or nobody could serve in it, which is said elsewhere
    before = 0
    for earlier in reversed(range(number)):
        if line.steps[earlier] is None or _superseded(queue, earlier) is not None:
            continue
        before |= (line.steps[earlier] or 0) if line.reached[earlier] else 0
        if queue.plan[earlier].when is None:
            break  # what was said before this one holds no more
    if lost := before & ~mask:
        names = [shown(name) for name in staff.names(lost)]
        more = staff.count(lost) - len(names)
        who = enumerated([*names, f"{more:,} more"] if more else names)
        after_ns = queue.plan[number].after_ns
        begins_later = after_ns > queue.plan[number - 1].after_ns
        when = (
            f"before {format_duration(after_ns)}, not after it" if begins_later else "in the step before, not in this"
        )
        message = f"{who} could serve {when}: a step replaces what held before; use any_of to add agents"
        yield path, "", message


def _lender(step: Step) -> str | None:
    return step.when.lender.queue if step.when and step.when.lender else None


def _lent(center: Center, staff: Staff, line: Line, number: int) -> Iterator[Warning_]:
    lender, mask = _lender(line.queue.plan[number]), line.steps[number]
    path: Path = ("queues", line.name, "plan", number, "when", "lender", "queue")
    if lender == line.name:
        yield path, lender, "lends to itself: name the queue whose agents this step borrows"
    elif lender in center.queues and mask:
        lending = center.queues[lender]
        if not mask & staff.able(lending.plan[0].requirement, lending.channel):
            yield (
                path,
                lender,
                "none of its agents can serve in this step: ask for what they can do",
            )


# ---------------------------------------------------------------------- moves between queues


def _circles(graph: Mapping[str, Iterable[str]]) -> Iterator[list[str]]:
    """Yield circles of at least two queues, each from its first queue of the file back to it; not every one."""
    edges = {name: {to for to in targets if to in graph and to != name} for name, targets in graph.items()}
    order = {name: number for number, name in enumerate(graph)}
    for _ in range(MOST_OF_A_KIND):
        try:
            TopologicalSorter(edges).prepare()
        except CycleError as error:
            circle: list[str] = error.args[1][::-1]  # graphlib means predecessors, these are successors
            first = min(range(len(circle) - 1), key=lambda at: order[circle[at]])
            circle = [*circle[first:-1], *circle[:first]]
            yield [*circle, circle[0]]
            edges[circle[-1]].discard(circle[0])
        else:
            return


def _circle_words(circle: Sequence[str], joint: str) -> str:
    left_out = len(circle) - MOST_NAMED
    named = circle if left_out <= 0 else [*circle[: MOST_NAMED - 1], f"{left_out} more", circle[-1]]
    return f" {joint} ".join(named)


def _moves_of(queue: Queue) -> Iterator[tuple[Path, str]]:
    """Yield where a queue moves what: (path below it, the other queue)."""
    for number, step in enumerate(queue.plan):
        if step.move_to is not None:
            yield ("plan", number, "move_to"), step.move_to
    for policy, destination in queue.destinations():
        if destination.move_to is not None:
            yield (policy, "move_to"), destination.move_to


def _moves(_center: Center, _staff: Staff, lines: Lines) -> Iterator[Warning_]:
    graph = {name: [to for _, to in _moves_of(line.queue)] for name, line in lines.items()}
    for name, line in lines.items():
        for below, to in _moves_of(line.queue):
            path: Path = ("queues", name, *below)
            if to == name:
                yield path, to, "never happens: it is in this queue already; name another"
            elif to in lines and not lines[to].able:
                yield path, to, "no agent can serve that queue: name another, or staff it"
            elif to in lines:
                yield from _in_vain(line, lines[to], path)
    for circle in _circles(graph):
        path = next(below for below, to in _moves_of(lines[circle[0]].queue) if to == circle[1])
        message = f"moves in a circle ({_circle_words(circle, 'to')}): each is entered once, then it stays; break it"
        yield ("queues", circle[0], *path), circle[1], message


def _in_vain(line: Line, to: Line, path: Path) -> Iterator[Warning_]:
    """Warn of a move to a queue that is closed, or unstaffed, whenever this one is."""
    queue, other = line.queue, to.queue
    if path[2] == "on_closed" and queue.calendar is not None and queue.calendar == other.calendar:
        yield path, to.name, "has the same calendar, so it is closed as well: name a queue that is open then"
    waits = other.on_unstaffed.overflow == Overflow.WAIT and queue.channel == other.channel
    if path[2] == "on_unstaffed" and waits and not to.able & ~line.able:
        yield path, to.name, "only agents of this queue serve that one, so nobody is there either: name another"


# ---------------------------------------------------------------------- queues that share agents


def _priorities(center: Center, _staff: Staff, lines: Lines) -> Iterator[Warning_]:
    """Warn of queues whose every agent also serves queues of higher priority, and that nothing bounds."""
    channels = center.all_channels()
    falling = sorted((line for line in lines.values() if line.able), key=lambda line: -line.queue.priority)
    above_all: dict[int, int] = {}  # priority -> who serves queues of this or a higher one
    everybody = 0
    for line in falling:
        everybody |= line.able
        above_all[line.queue.priority] = everybody
    for line in lines.values():
        queue = line.queue
        leaves = queue.max_wait_ns or any(step.move_to and line.reached[at] for at, step in enumerate(queue.plan))
        higher = min((level for level in above_all if level > line.highest), default=None)
        if not line.able or leaves or higher is None or line.able & ~above_all[higher]:
            continue
        mine = channels[queue.channel]
        wanted, above = 0, None
        for other in falling:
            if other.queue.priority <= line.highest:
                break
            theirs = channels[other.queue.channel]
            beside = other.queue.channel in mine.interrupts or theirs.cost * theirs.most_at_once + mine.cost <= UNITS
            if other.able & line.able and not beside:
                wanted |= other.able
                above = above or other
                if not line.able & ~wanted:
                    break
        if above is not None and not line.able & ~wanted:
            message = (
                f"can starve: all its agents also serve work of higher priority ({above.name}: {above.queue.priority}),"
                " which always goes first; state max_wait, a step that raises the priority, or agents of its own"
            )
            yield ("queues", line.name, "priority"), str(queue.priority), message


def _promises(center: Center, _staff: Staff, lines: Lines) -> Iterator[Warning_]:
    """Warn of channels that share agents at one priority although their promises are far apart."""
    if center.settings.order == Order.PROPORTIONAL:
        return  # whose larger promise is used up more slowly by as much
    shared: dict[int, list[Line]] = {}
    for line in lines.values():
        if line.able:
            shared.setdefault(line.queue.priority, []).append(line)
    for level in shared.values():
        rising = sorted(level, key=lambda line: line.queue.target_ns)
        passed: dict[str, tuple[int, list[Line]]] = {}
        at = 0
        for line in rising:
            while max(rising[at].queue.target_ns, _LEAST_TARGET_NS) * APART <= line.queue.target_ns:
                mask, those = passed.setdefault(rising[at].queue.channel, (0, []))
                those.append(rising[at])
                passed[rising[at].queue.channel] = (mask | rising[at].able, those)
                at += 1
            for channel, (mask, those) in passed.items():
                if channel != line.queue.channel and mask & line.able:
                    other = next(one for one in those if one.able & line.able)
                    promise = format_duration(other.queue.target_ns)
                    message = (
                        f"shares agents and priority with {other.name}, whose target is {promise}: what is overdue here"
                        " goes before every new one there; give this queue a lower priority and a step that raises it"
                    )
                    yield ("queues", line.name, "target"), format_duration(line.queue.target_ns), message
                    break


def _edges(center: Center, _staff: Staff, _lines: Lines) -> Iterator[Warning_]:
    """Warn of more targets than the histograms of waits have edges for; service levels are exact all the same."""
    edges = set(WAIT_EDGES_NS)
    for name, queue in center.queues.items():
        if queue.target_ns not in edges and len(edges) == MAX_WAIT_EDGES:
            message = (
                "is no edge of the histograms of waits, as queues before it have so many others; give queues that"
                " promise much the same one target, or read its service level alone"
            )
            yield ("queues", name, "target"), format_duration(queue.target_ns), message
            return
        edges.add(queue.target_ns)
