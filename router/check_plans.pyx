# cython: cdivision=True
"""Channels, queues with their gates, claims and pairs, held to what the law says of them."""

from libc.stdint cimport int32_t, int64_t

from .available cimport inner_order
from .check cimport expect
from .heap cimport rank_is_sound
from .law cimport *
from .lines cimport step_in_force
from .match cimport has_room, is_banned, is_suited, limit_of, may_serve
from .model cimport *
from .require cimport is_hopeless_for, is_suited_group

cdef tuple OWN_MEASURES = (STEP_WAITING, STEP_WAIT_NS, STEP_AGENTS)
cdef tuple LENDER_MEASURES = (STEP_LENDER_WAITING, STEP_LENDER_WAIT_NS, STEP_LENDER_FREE)


# ---------------------------------------------------------------------- channels and queues

cdef int check_channels(Center *c) except -1:
    """How much is held on each channel, and whether gaps on it may be refilled for ever."""
    cdef int32_t i, other
    cdef list holders = [0] * c.n_channels
    for i in range(c.offer_slots.used):
        if c.offers[i].state == PENDING:
            holders[c.offers[i].channel] += 1
    for i in range(c.assignment_slots.used):
        if c.assignments[i].state != FREE:
            holders[c.assignments[i].channel] += 1
    for i in range(c.n_channels):
        one = &c.channels[i]
        expect(one.holders == holders[i], "what is held on a channel is miscounted")
        coarse = False
        for other in range(c.n_channels):
            costs_less = c.channels[other].fields[CHANNEL_COST] < one.fields[CHANNEL_COST]
            coarse = coarse or (costs_less and not one.interrupts >> other & 1)
        expect(one.coarse == coarse, "a channel is wrongly said to be coarse, or not to be")
    return 0


cdef bint states(const Step *step, tuple measures):
    """Say whether a step states any of these measures."""
    for which in measures:
        if step.fields[<int> which] != NONE:
            return True
    return False


cdef int check_queues(Center *c) except -1:
    """Plans and gates as defined, who measures whom, the entries of queues that are watched, promises."""
    cdef int32_t i, step
    cdef set watched = set()
    cdef list gates = [], agents = [], present = []
    for i in range(c.n_queues):
        queue = &c.queues[i]
        counted = 0
        measures_free = measures_present = False
        expect(queue.n_steps > 0, "a queue without a plan")
        for step in range(queue.n_steps):
            one = &queue.plan[step]
            expect(one.has_gate == states(one, OWN_MEASURES + LENDER_MEASURES), "a gate without a measure, or none")
            expect(one.is_open or one.has_gate, "a step without a gate is closed")
            expect(one.gate_timer < 0 or one.has_gate, "a timer for a gate that is not there")
            counted += one.has_gate
            measures_free |= states(one, (STEP_LENDER_FREE,))
            measures_present |= states(one, (STEP_AGENTS,))
            if one.fields[STEP_WAIT_NS] != NONE:
                watched.add(i)
            if one.fields[STEP_LENDER_WAIT_NS] != NONE:
                watched.add(one.fields[STEP_LENDER])
            check_dependents(c, i, one)
        expect(queue.n_gates == counted, "a queue miscounts its gates")
        expect(c.kind_of[queue.fields[CHANNEL] * N_INNER_ORDERS + inner_order(queue.fields[STRATEGY])] >= 0, "no index")
        gates += [i] * (counted > 0)
        agents += [i] * measures_free
        present += [i] * measures_present
        needs_clock = queue.n_steps > 1 or queue.fields[MAX_WAIT_NS] or queue.fields[RESERVE]
        needs_clock = needs_clock or (queue.fields[CLAIMS] and c.channels[queue.fields[CHANNEL]].coarse)
        expect(queue.is_timed or not needs_clock, "a queue needs a clock, and is said not to")
        leaves = queue.fields[ON_UNSTAFFED] == OVERFLOW_MOVE
        expect(queue.is_conditional or not (queue.n_steps > 1 or leaves), "a queue is never looked at, and needs to be")
        check_promises(c, i)
    expect(gates == [c.gate_queues.slots[i] for i in range(c.gate_queues.n)], "the list of gates is wrong")
    expect(agents == [c.agent_gates.slots[i] for i in range(c.agent_gates.n)], "gates on the free are wrong")
    expect(present == [c.presence_gates.slots[i] for i in range(c.presence_gates.n)], "gates on presence are wrong")
    for i in range(c.n_queues):
        expect(c.queues[i].is_watched or i not in watched, "nobody watches a queue that a gate measures")
    check_entries(c)
    return 0


cdef int check_dependents(Center *c, int32_t queue, const Step *step) except -1:
    """Whoever a gate measures knows which queue is to be looked at."""
    cdef int32_t i
    lines = (STEP_LENDER_WAITING, STEP_LENDER_WAIT_NS)  # for agents there is a list of gates
    for measures, of in ((OWN_MEASURES + LENDER_MEASURES, queue), (lines, step.fields[STEP_LENDER])):
        if states(step, measures):
            one = &c.queues[<int> of]
            found = [one.dependents[i] for i in range(one.n_dependents)]
            expect(found.count(queue) == 1, "a queue does not know whose gate measures it, or knows it twice")
    return 0


cdef int check_promises(Center *c, int32_t queue) except -1:
    """What each cell of a queue promises: the tier's factor and head start, or the queue's own for it."""
    cdef Queue *one = &c.queues[queue]
    cdef int32_t tier
    own = {one.overrides[i].tier: (one.overrides[i].target_factor_ppm, one.overrides[i].head_start_ns)
           for i in range(one.n_overrides)}
    expect(len(own) == one.n_overrides, "a queue promises a tier twice")
    for tier in range(one.n_cells):
        if one.cells[tier] < 0:
            continue
        cell = &c.cells[one.cells[tier]]
        factor, head_start_ns = own.get(tier, (NONE, NONE))
        factor = c.tiers[tier].fields[TARGET_FACTOR_PPM] if factor == NONE else factor
        head_start_ns = c.tiers[tier].fields[HEAD_START_NS] if head_start_ns == NONE else head_start_ns
        expect(cell.promise_ns == <object> one.fields[TARGET_NS] * factor // PPM, "a cell promises something else")
        expect(cell.head_start_ns == head_start_ns, "a cell gives another head start")
    return 0


cdef int check_entries(Center *c) except -1:
    """A watched queue knows since when everything that is WAITING or OFFERED has been there; others do not."""
    cdef int32_t i, place, entered = 0
    for i in range(c.n_queues):
        expect(rank_is_sound(&c.queues[i].entered, c.entered_places), "a queue's entries are not a heap")
        entered += c.queues[i].entered.n
    for i in range(c.interaction_slots.used):
        one = &c.interactions[i]
        place = c.entered_places[i]
        is_there = one.state in (I_WAITING, I_OFFERED) and c.queues[one.queue].is_watched
        expect((place >= 0) == is_there, "an entry of one who is not there, or none of one who is")
        if place >= 0:
            entered -= 1
            entry = &c.queues[one.queue].entered.entries[place]
            expect(entry.id == i and entry.a == one.entered_ns, "an entry of another, or at another time")
    expect(entered == 0, "a queue keeps entries that nobody has")
    return 0


# ---------------------------------------------------------------------- gates

cdef object oldest_entries(Center *c):
    """Return by queue when what has been there longest entered it; NONE: nothing is there."""
    cdef int32_t i
    cdef list oldest = [NONE] * c.n_queues
    for i in range(c.interaction_slots.used):
        one = &c.interactions[i]
        if one.state in (I_WAITING, I_OFFERED):
            before = oldest[one.queue]
            oldest[one.queue] = one.entered_ns if before == NONE else min(before, one.entered_ns)
    return oldest


cdef object count_agents(Center *c, int32_t queue, bint only_free):
    """Count who is AVAILABLE for the first step of a queue, or who is free for it, claims aside."""
    cdef int32_t a, requirement = c.queues[queue].plan[0].requirement
    cdef int32_t channel = <int32_t> c.queues[queue].fields[CHANNEL], count = 0
    for a in range(c.n_agents):
        one = &c.agents[a]
        if one.presence != AVAILABLE or not is_suited_group(c, one.group, requirement, -1):
            continue
        count += one.fits >> channel & 1 if only_free else limit_of(c, a, channel) > 0
    return count


cdef object measure(Center *c, int32_t queue, const Step *step, int which, list oldest):
    """Return what a gate's measure stands at."""
    cdef int32_t of = <int32_t> step.fields[STEP_LENDER] if which in LENDER_MEASURES else queue
    if which == STEP_WAITING or which == STEP_LENDER_WAITING:
        return c.queues[of].queued
    if which == STEP_WAIT_NS or which == STEP_LENDER_WAIT_NS:
        return NONE if oldest[of] == NONE else c.at_ns - oldest[of]
    return count_agents(c, of, which == STEP_LENDER_FREE)


cdef bint passes(Center *c, int32_t queue, const Step *step, int which, list oldest):
    """Say whether a measure is for the gate's being open; once open, it is held to what closes it."""
    cdef int64_t closes = step.fields[which + 1]
    threshold = closes if step.is_open and closes != NONE else step.fields[which]
    value = measure(c, queue, step, which, oldest)
    return value >= threshold if which in (STEP_WAITING, STEP_WAIT_NS, STEP_LENDER_FREE) else value <= threshold


cdef int check_gates(Center *c) except -1:
    """Every gate stands as it should; after a refusal at a later time that cannot be said."""
    cdef int32_t i, step
    cdef list oldest = oldest_entries(c)
    if c.now_ns != c.at_ns:
        return 0
    for i in range(c.n_queues):
        for step in range(c.queues[i].n_steps):
            one = &c.queues[i].plan[step]
            if not one.has_gate:
                continue
            own = [passes(c, i, one, which, oldest) for which in OWN_MEASURES if one.fields[<int> which] != NONE]
            lender = [passes(c, i, one, which, oldest) for which in LENDER_MEASURES if one.fields[<int> which] != NONE]
            wants_open = (not own or any(own)) and all(lender)
            expect(wants_open == one.is_open, "a gate stands as it should not")
    return 0


# ---------------------------------------------------------------------- pairs and claims

cdef bint is_hopeless(Center *c, int32_t queue, int32_t step, int32_t extra):
    """Say whether nobody signed in could serve what holds in this step."""
    cdef Queue *q = &c.queues[queue]
    return is_hopeless_for(c, q.plan[step_in_force(c, queue, step)].requirement, extra, <int32_t> q.fields[CHANNEL])


cdef bint may_skip(Center *c, int32_t i):
    """Say whether its step is hopeless, may be skipped, and a later one is not hopeless."""
    cdef Interaction *one = &c.interactions[i]
    cdef Queue *queue = &c.queues[one.queue]
    cdef int32_t later
    if not queue.plan[one.step].fields[STEP_SKIP] or not is_hopeless(c, one.queue, one.step, one.extra):
        return False
    for later in range(one.step + 1, queue.n_steps):
        if not is_hopeless(c, one.queue, later, one.extra):
            return True
    return False


cdef int check_pairing(Center *c) except -1:
    """Work conservation: no pair is left that may be made, nobody waits in vain, claims are of the right agents.

    After a RESUME that was refused, what has come due since the last trace still has to fire: nothing is said then.
    """
    cdef int32_t i, a, claimed
    if c.now_ns < c.at_ns and c.deadlines.n and c.deadlines.entries[0].a <= c.at_ns:
        return 0
    for i in range(c.interaction_slots.used):
        one = &c.interactions[i]
        if one.state != I_WAITING:
            continue
        expect(one.addressed >= 0 or not may_skip(c, i), "somebody waits in a step that may be skipped")
        for a in range(c.n_agents):
            if c.agents[a].fits and may_serve(c, a, i):
                raise AssertionError(f"agent {a} may serve interaction {one.seq}, and does not")
    for a in range(c.n_agents):
        claimed = c.agents[a].claim
        if claimed < 0:
            continue
        fits = is_suited(c, a, claimed) and not is_banned(c, a, claimed)
        fits = fits and has_room(c, a, <int32_t> c.queues[c.interactions[claimed].queue].fields[CHANNEL])
        expect(fits, "a claim on an agent who is not the right one")
    return 0
