# cython: cdivision=True
"""What follows by itself, in the order of reference_plans.py; see plans.pxd.

Where the reference looks at everything each time, here flags and lists say what has to be looked at: a
queue's gates when what they measure changed, an interaction's plan when it began to wait or its clock
went off, its conditions when somebody signed in or out, or when its agent changed.
"""

from libc.stdint cimport int32_t, int64_t

from .available cimport inner_order
from .claims cimport end_claims, join_claimants, make_claims
from .gates cimport turn_gates
from .heap cimport Rank, rank_push, rank_remove, rank_reserve
from .law cimport *
from .life cimport emit_interaction, expire, offer_to, overflow, place, set_priority, tell_priority
from .lines cimport basis, channel_of, line_leave, step_in_force
from .match cimport is_banned, limit_of, next_pair, pick_shared, reserve_opens_ns, settle_touched, wake
from .model cimport *
from .require cimport is_hopeless_for, is_suited_group
from .store cimport dirty_interaction, list_push, reserve
from .timers cimport timer_arm, timer_disarm


# ---------------------------------------------------------------------- pairs

cdef int pair(Center *c) except -1 nogil:
    """Bring everything up to date and make the first pair there is, again until there is none; then claim."""
    cdef int32_t interaction = -1, agent = -1
    cdef const Queue *queue
    if is_unsettled(c):
        settle(c)
    while next_pair(c, &interaction, &agent):
        reserve(c)
        queue = &c.queues[c.interactions[interaction].queue]
        c.picked[0], c.n_picked = agent, 1
        if queue.shared > 1 and not queue.accepts_itself:
            pick_shared(c, interaction, queue.shared)
        offer_to(c, interaction, c.picked, c.n_picked)
        c.n_picked = 0
        if is_unsettled(c):
            settle(c)
    while c.claims_dirty and make_claims(c):
        next_pair(c, &interaction, &agent)  # there is none: it takes the claimed agents out of the indices
    if c.failed:
        raise MemoryError
    return 0


cdef inline bint is_unsettled(Center *c) noexcept nogil:
    """Say whether settling would look at anything."""
    return (
        c.unsettled.n or c.gates_dirty or c.checks.n or c.staff_changed or c.claims_in_doubt.n
        or c.agent_gates.n or c.presence_gates.n
    )


cdef int settle(Center *c) except -1 nogil:
    """Turn gates, bring plans up to date, skip and release, end claims; again until nothing changes."""
    cdef int changed = 1
    while changed:
        changed = 0
        if c.agent_gates.n or c.presence_gates.n:
            settle_touched(c)
        if c.gates_dirty:
            changed += turn_gates(c)
        if c.unsettled.n:
            changed += see_to_unsettled(c)
        if c.checks.n or c.staff_changed:
            changed += see_to_conditions(c)
        if c.claims_in_doubt.n:
            changed += end_claims(c)
    return 0


# ---------------------------------------------------------------------- who is to be looked at

cdef void check_again(Center *c, int32_t interaction) noexcept nogil:
    if not c.interactions[interaction].is_checked:
        c.interactions[interaction].is_checked = 1
        list_push(&c.checks, interaction)


cdef void enter_watched(Center *c, int32_t interaction) noexcept nogil:
    """It joins a queue that gates measure."""
    cdef Interaction *one = &c.interactions[interaction]
    cdef Queue *queue = &c.queues[one.queue]
    cdef Rank rank
    if queue.is_watched:
        if queue.entered.n >= queue.entered.capacity and not grow_entered(queue):
            c.failed = 1
            return
        rank = Rank(one.entered_ns, one.seq, 0, 0, interaction)
        rank_push(&queue.entered, c.entered_places, &rank)
    if queue.n_dependents:
        gates_of(c, one.queue)


cdef bint grow_entered(Queue *queue) noexcept with gil:
    try:
        rank_reserve(&queue.entered, queue.entered.n + 1)
    except MemoryError:
        return False
    return True


cdef void leave_watched(Center *c, int32_t interaction) noexcept nogil:
    """It leaves a queue that gates measure."""
    cdef int32_t queue = c.interactions[interaction].queue
    if c.queues[queue].is_watched and c.entered_places[interaction] >= 0:
        rank_remove(&c.queues[queue].entered, c.entered_places, interaction)
    if c.queues[queue].n_dependents:
        gates_of(c, queue)


cdef void gates_of(Center *c, int32_t queue) noexcept nogil:
    """What the gates that measure this queue measure has changed."""
    cdef Queue *q = &c.queues[queue]
    cdef int32_t i
    for i in range(q.n_dependents):
        c.queues[q.dependents[i]].gates_dirty = 1
        c.gates_dirty = 1


cdef void queue_flags(Center *c, int32_t queue) noexcept nogil:
    """Note what the queue needs to be looked at for, and what every interaction needs of its fields."""
    cdef Queue *q = &c.queues[queue]
    cdef int32_t order = <int32_t> q.fields[CHANNEL] * N_INNER_ORDERS + inner_order(q.fields[STRATEGY])
    cdef bint claims = q.fields[CLAIMS] != 0 and c.channels[q.fields[CHANNEL]].coarse
    q.kind = c.kind_of[order]
    q.is_plain = q.fields[STRATEGY] != BEST_SKILLED and q.fields[STRATEGY] != FEWEST_SKILLS and q.fields[RESERVE] == 0
    q.channel, q.priority = <int32_t> q.fields[CHANNEL], <int32_t> q.fields[PRIORITY]
    q.max_waiting = <int32_t> q.fields[MAX_WAITING]
    q.offer_ns, q.target_ns = q.fields[OFFER_NS], q.fields[TARGET_NS]
    q.max_handle_ns, q.wrap_up_ns = q.fields[MAX_HANDLE_NS], q.fields[WRAP_UP_NS]
    q.accepts_itself, q.shared = q.fields[AUTO_ACCEPT] != 0, <unsigned char> q.fields[SHARED]
    q.waits_unstaffed = q.fields[ON_UNSTAFFED] == OVERFLOW_WAIT
    q.is_timed = q.n_steps > 1 or q.fields[MAX_WAIT_NS] > 0 or claims or q.fields[RESERVE] > 0
    q.is_conditional = q.n_steps > 1 or q.fields[ON_UNSTAFFED] == OVERFLOW_MOVE


# ---------------------------------------------------------------------- doors

cdef bint is_hopeless(Center *c, int32_t queue, int32_t step, int32_t extra) noexcept nogil:
    """Say whether nobody signed in could serve what holds in this step, gates as they stand."""
    cdef Queue *q = &c.queues[queue]
    return is_hopeless_for(c, q.plan[step_in_force(c, queue, step)].requirement, extra, <int32_t> q.fields[CHANNEL])


cdef bint is_unstaffed(Center *c, int32_t queue, int32_t first, int32_t extra) noexcept nogil:
    """Say whether nobody signed in could serve now or in a later step, be its gate open or not."""
    cdef Queue *q = &c.queues[queue]
    cdef int32_t step
    if not is_hopeless(c, queue, first, extra):
        return False
    for step in range(first, q.n_steps):
        if step > first and q.plan[step].fields[STEP_MOVE_TO] != NONE:
            return False
        if not is_hopeless_for(c, basis(c, queue, step), extra, <int32_t> q.fields[CHANNEL]):
            return False
    return True


cdef bint may_skip(Center *c, int32_t interaction, bint may_leave) noexcept nogil:
    """Say whether its step is hopeless, may be skipped, and something later is better than to wait in it."""
    cdef Interaction *one = &c.interactions[interaction]
    cdef Queue *q = &c.queues[one.queue]
    cdef int32_t step
    cdef int64_t to
    if one.step + 1 >= q.n_steps or not q.plan[one.step].fields[STEP_SKIP]:
        return False
    if not is_hopeless(c, one.queue, one.step, one.extra):
        return False
    for step in range(one.step + 1, q.n_steps):
        to = q.plan[step].fields[STEP_MOVE_TO]
        if may_leave and to != NONE and may_move(c, interaction, <int32_t> to):
            if not is_unstaffed(c, <int32_t> to, 0, one.extra):
                return True
        if not is_hopeless(c, one.queue, step, one.extra):
            return True
    return False


cdef int32_t door_in_doubt(Center *c, int32_t queue, int32_t extra, bint is_addressed) noexcept nogil:
    """Return why a queue takes nobody in, or OK."""
    cdef Queue *q = &c.queues[queue]
    if not q.is_open and q.fields[ON_CLOSED] != OVERFLOW_WAIT:
        return QUEUE_IS_CLOSED
    if not is_addressed and not q.waits_unstaffed and is_unstaffed(c, queue, 0, extra):
        return QUEUE_UNSTAFFED
    return QUEUE_FULL if q.queued >= q.max_waiting else OK


cdef bint may_move(Center *c, int32_t interaction, int32_t queue) noexcept nogil:
    """Say whether overflow may take it there: once per queue, and through an open door."""
    cdef Interaction *one = &c.interactions[interaction]
    cdef int32_t i
    if one.n_visited >= MAX_VISITS:
        return False
    for i in range(one.n_visited):
        if one.visited[i] == queue:
            return False
    return door(c, queue, one.extra, one.addressed >= 0) == OK


# ---------------------------------------------------------------------- plans

cdef int see_to_unsettled(Center *c) except -1 nogil:
    """Bring up to date, in the order in which they came, those who began to wait or whose time came."""
    cdef int32_t i = 0, interaction
    cdef int seen = 0
    while i < c.unsettled.n:
        interaction = c.unsettled.slots[i]
        i += 1
        c.interactions[interaction].is_unsettled = 0
        if c.unsettled.n + 64 > c.unsettled.capacity:  # those who move on and on may need the room at the front
            c.unsettled.n -= i
            drop_front(&c.unsettled, i)
            i = 0
        if c.interactions[interaction].state == I_WAITING:
            reserve(c)
            catch_up(c, interaction)
            seen = 1
    c.unsettled.n = 0
    return seen


cdef void drop_front(List *one, int32_t n) noexcept nogil:
    """Move the entries behind the first ``n`` to the front; ``one.n`` says how many there are."""
    cdef int32_t i
    for i in range(one.n):
        one.slots[i] = one.slots[i + n]


cdef int catch_up(Center *c, int32_t interaction) except -1 nogil:
    """Do what is overdue, then set the clock to what is next."""
    cdef Interaction *one = &c.interactions[interaction]
    cdef int32_t was = one.queue
    cdef Queue *queue = &c.queues[was]
    cdef int64_t waited_ns = c.at_ns - one.entered_ns
    cdef bint moved
    if queue.is_timed:
        if queue.fields[MAX_WAIT_NS] and waited_ns >= queue.fields[MAX_WAIT_NS] and not one.waited_out:
            if queue.fields[ON_MAX_WAIT] != OVERFLOW_MOVE:
                expire(c, interaction)
                return 0
            moved = overflow(c, interaction, queue.fields[MAX_WAIT_TO], CAUSE_MAX_WAIT)
            if moved:
                return 0
            one.waited_out = 1
            dirty_interaction(c, interaction)
        while one.step + 1 < queue.n_steps and queue.plan[one.step + 1].after_ns <= waited_ns:
            begin_step(c, interaction, CAUSE_PLAN)
            if one.queue != was:
                return 0
    if one.addressed >= 0 and one.addressed_until_ns != NONE and one.addressed_until_ns <= c.at_ns:
        end_address(c, interaction, CAUSE_LIMIT)
    if queue.is_timed or one.addressed >= 0 or one.clock >= 0:
        set_clock(c, interaction)
        join_claimants(c, interaction)
    if queue.is_conditional or one.addressed >= 0:
        one.is_fresh = 1
        check_again(c, interaction)
    return 0


cdef int begin_step(Center *c, int32_t interaction, int32_t cause) except -1 nogil:
    cdef Interaction *one = &c.interactions[interaction]
    cdef Step *step
    line_leave(c, interaction)
    one.step += 1
    one.claims_known.what = 0  # others may be the right ones to claim now
    wake(c, interaction)
    dirty_interaction(c, interaction)
    emit_interaction(c, STEP_BEGAN, cause, interaction, -1, one.step, 0)
    step = &c.queues[one.queue].plan[one.step]
    if step.is_open:
        act(c, interaction, step)
    return 0


cdef int act(Center *c, int32_t interaction, const Step *step) except -1 nogil:
    """Escalate: a step raises the priority, never lowers it, and may move to another queue."""
    cdef int64_t priority = step.fields[STEP_PRIORITY], to = step.fields[STEP_MOVE_TO]
    if priority != NO_PRIORITY and priority > c.interactions[interaction].priority:
        set_priority(c, interaction, <int32_t> priority, True, CAUSE_PLAN)
    if to != NONE:
        overflow(c, interaction, to, CAUSE_PLAN)
    return 0


cdef inline int64_t sooner_of(Center *c, int64_t one, int64_t two) noexcept nogil:
    """Return the earlier of two moments that are to come, NONE standing for none."""
    if two <= c.at_ns:
        return one
    return two if one == NONE or two < one else one


cdef void set_clock(Center *c, int32_t interaction) noexcept nogil:
    """Arm the PLAN timer for the first moment at which time alone changes something for it."""
    cdef Interaction *one = &c.interactions[interaction]
    cdef Queue *queue = &c.queues[one.queue]
    cdef int64_t first_ns = NONE
    if one.step + 1 < queue.n_steps:
        first_ns = sooner_of(c, first_ns, one.entered_ns + queue.plan[one.step + 1].after_ns)
    if queue.fields[MAX_WAIT_NS] and not one.waited_out:
        first_ns = sooner_of(c, first_ns, one.entered_ns + queue.fields[MAX_WAIT_NS])
    if one.addressed >= 0:
        first_ns = sooner_of(c, first_ns, one.addressed_until_ns)
    if queue.fields[CLAIMS] and c.channels[queue.fields[CHANNEL]].coarse:
        first_ns = sooner_of(c, first_ns, one.due_ns)
    first_ns = sooner_of(c, first_ns, reserve_opens_ns(c, interaction))
    if first_ns == (c.timers[one.clock].deadline_ns if one.clock >= 0 else NONE):
        return
    timer_disarm(c, &one.clock)
    if first_ns != NONE:
        one.clock = timer_arm(c, TIMER_PLAN, interaction, first_ns)
    dirty_interaction(c, interaction)


cdef void change_clock(Center *c, int32_t interaction) noexcept nogil:
    """Set the clock anew, unless its moment has come already: then it is about to fire, and must."""
    cdef int32_t clock = c.interactions[interaction].clock
    if clock < 0 or c.timers[clock].deadline_ns > c.at_ns:
        set_clock(c, interaction)


cdef int replan(Center *c, int32_t interaction, bint begins_anew) except -1 nogil:
    """After a change of definitions: it gets its place anew, and perhaps its plan."""
    cdef Interaction *one = &c.interactions[interaction]
    cdef int32_t old = one.priority
    place(c, interaction, PRIORITY_DEFAULT)
    tell_priority(c, interaction, old, CAUSE_REPLACED)
    if begins_anew:
        line_leave(c, interaction)
        one.step, one.waited_out = 0, 0
    dirty_interaction(c, interaction)
    if one.state == I_WAITING:
        wake(c, interaction)
        unsettle(c, interaction)
    return 0


# ---------------------------------------------------------------------- conditions

cdef int see_to_conditions(Center *c) except -1 nogil:
    """End addresses that lead nowhere, skip hopeless steps, move on from queues that nobody serves."""
    cdef int32_t i, interaction, n
    cdef bint left = c.staff_left
    cdef int changed = 0
    if c.staff_changed:
        check_conditional(c)
    c.staff_changed = c.staff_left = 0
    n = c.checks.n
    for i in range(n):
        c.scratch.slots[i] = c.checks.slots[i]
        c.interactions[c.checks.slots[i]].is_checked = 0
    c.checks.n = 0
    sort_by_seq(c, c.scratch.slots, n)
    for i in range(n):
        interaction = c.scratch.slots[i]
        if c.interactions[interaction].state == I_WAITING:
            reserve(c)
            changed += see_to_conditions_of(c, interaction, left)
        c.interactions[interaction].is_fresh = 0
    return changed


cdef bint may_go_on(Center *c, int32_t line) noexcept nogil:
    """Say whether those in a line may skip its step or move on, as things have changed: the same for all."""
    cdef Line *one = &c.lines[line]
    cdef Queue *q = &c.queues[one.queue]
    cdef int32_t step
    if not q.is_conditional or not is_hopeless(c, one.queue, one.step, one.extra):
        return False
    if c.staff_left and q.fields[ON_UNSTAFFED] == OVERFLOW_MOVE:
        return True
    for step in range(one.step + 1, q.n_steps if q.plan[one.step].fields[STEP_SKIP] else 0):
        if c.staff_left and q.plan[step].fields[STEP_MOVE_TO] != NONE:
            return True
        if not is_hopeless(c, one.queue, step, one.extra):
            return True
    return False


cdef void check_line(Center *c, int32_t line) noexcept nogil:
    """Look at all who wait in a line, if any of them may go on."""
    cdef const Line *one = &c.lines[line]
    cdef int32_t slot = one.head, i
    if one.n == 0 or not may_go_on(c, line):
        return
    while slot >= 0:
        check_again(c, slot)
        slot = c.line_links[slot].next
    for i in range(one.late.n):
        check_again(c, one.late.entries[i].id)


cdef void check_conditional(Center *c) noexcept nogil:
    """Look at everybody who waits where there are steps to skip, or to leave when nobody serves."""
    cdef int32_t line, i
    for line in range(c.line_slots.used):
        check_line(c, line)
    for i in range(c.woken.n):
        if c.interactions[c.woken.slots[i]].state == I_WAITING:
            check_again(c, c.woken.slots[i])


cdef void check_queue(Center *c, int32_t queue) noexcept nogil:
    """What holds in its steps has changed: look at everybody who waits in it."""
    cdef Queue *q = &c.queues[queue]
    cdef int32_t i, line
    for i in range(q.n_cells):
        line = c.cells[q.cells[i]].first_line if q.cells[i] >= 0 else -1
        while line >= 0:
            check_line(c, line)
            line = c.lines[line].next
    for i in range(c.woken.n):
        if c.interactions[c.woken.slots[i]].queue == queue:
            check_again(c, c.woken.slots[i])


cdef int32_t who_waits_in(Center *c, int32_t queue) noexcept nogil:
    """Write who waits in a queue into ``scratch``, in the order of sequence numbers; return how many these are.

    They stand in its lines or among an agent's own; or are woken, and stand nowhere until they have been looked at.
    """
    cdef const Queue *q = &c.queues[queue]
    cdef const Line *line
    cdef int32_t i, j, number, slot = q.first_addressed, n = 0
    while slot >= 0:
        c.scratch.slots[n] = slot
        n += 1
        slot = c.line_links[slot].next
    for i in range(q.n_cells):
        number = c.cells[q.cells[i]].first_line if q.cells[i] >= 0 else -1
        while number >= 0:
            line = &c.lines[number]
            slot = line.head
            while slot >= 0:
                c.scratch.slots[n] = slot
                n += 1
                slot = c.line_links[slot].next
            for j in range(line.late.n):
                c.scratch.slots[n] = line.late.entries[j].id
                n += 1
            number = line.next
    for i in range(c.woken.n):
        slot = c.woken.slots[i]
        if c.line_places[slot] < 0 and c.interactions[slot].state == I_WAITING and c.interactions[slot].queue == queue:
            c.scratch.slots[n] = slot
            n += 1
    sort_by_seq(c, c.scratch.slots, n)
    return n


cdef void sort_by_seq(Center *c, int32_t *slots, int32_t n) noexcept nogil:
    """Sort interactions by their sequence numbers (Shell's sort: in place, and mostly few)."""
    cdef int32_t gap = 1, i, j, moved
    while gap < n // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(gap, n):
            moved, j = slots[i], i
            while j >= gap and c.interactions[slots[j - gap]].seq > c.interactions[moved].seq:
                slots[j] = slots[j - gap]
                j -= gap
            slots[j] = moved
        gap //= 3


cdef int see_to_conditions_of(Center *c, int32_t interaction, bint left) except -1 nogil:
    cdef Interaction *one = &c.interactions[interaction]
    cdef int32_t queue = one.queue, before = one.step, cause = why_address_ends(c, interaction)
    cdef int changed = 0
    cdef bint tries = left or one.is_fresh
    if cause != CAUSE_NONE:
        end_address(c, interaction, cause)
        change_clock(c, interaction)
        tries = True
        changed += 1
    if one.addressed >= 0:
        return changed
    while one.queue == queue and may_skip(c, interaction, tries):
        begin_step(c, interaction, CAUSE_HOPELESS)
        changed += 1
    if one.queue != queue:
        return changed
    if one.step != before:
        change_clock(c, interaction)
    if tries and c.queues[queue].fields[ON_UNSTAFFED] == OVERFLOW_MOVE and is_unstaffed(c, queue, one.step, one.extra):
        changed += overflow(c, interaction, c.queues[queue].fields[UNSTAFFED_TO], CAUSE_UNSTAFFED)
    return changed


cdef int32_t why_address_ends(Center *c, int32_t interaction) noexcept nogil:
    """Say why it is no longer worth while to wait for its agent: CAUSE_NONE if it is."""
    cdef Interaction *one = &c.interactions[interaction]
    cdef Agent *agent
    cdef int32_t requirement
    cdef bint is_direct = one.addressed_until_ns == NONE
    if one.addressed < 0:
        return CAUSE_NONE
    agent = &c.agents[one.addressed]
    if agent.presence == OFFLINE or (agent.presence != AVAILABLE and not is_direct):
        return CAUSE_ABSENT
    if limit_of(c, one.addressed, channel_of(c, interaction)) == 0:
        return CAUSE_UNFIT
    if is_direct:
        return CAUSE_NONE
    requirement = c.queues[one.queue].plan[step_in_force(c, one.queue, one.step)].requirement
    if not is_suited_group(c, agent.group, requirement, one.extra):
        return CAUSE_UNFIT
    return CAUSE_DECLINED if is_banned(c, one.addressed, interaction) else CAUSE_NONE


cdef void end_address(Center *c, int32_t interaction, int32_t cause) noexcept nogil:
    """From now on it is everybody's, for good."""
    cdef Interaction *one = &c.interactions[interaction]
    cdef int32_t agent = one.addressed
    line_leave(c, interaction)
    one.addressed, one.addressed_until_ns = -1, NONE
    one.claims_known.what = 0
    wake(c, interaction)
    dirty_interaction(c, interaction)
    emit_interaction(c, ADDRESS_ENDED, cause, interaction, agent, 0, 0)
