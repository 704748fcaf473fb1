# cython: cdivision=True
"""Agents; see desks.pxd."""

from libc.math cimport isnan
from libc.stdint cimport int32_t, int64_t, uint64_t

from acdcore.router.law cimport (
    ACCEPT, AVAILABLE, CAUSE_AGENT, CAUSE_NO_ANSWER, COMPLETE, DECLINE, END_WRAP_UP, ENQUEUE, FAIL, MOVE,
    NOT_READY, NOT_SIGNED_IN, OFFLINE, OK, SET_PRESENCE, SIGN_IN,
)
from acdcore.router.model cimport Answer, Command, Event

from .agenda cimport is_planned, plan, plan_first, unplan
from .counts cimport HANDLED, OFFERS, TALK_S, WRAP_UP_S, counts_of
from .draw cimport (
    OF_DECLINING, OF_FAILURE, OF_MISSING, OF_PICK_UP, OF_REST, OF_RETURN, OF_TALK, OF_TRANSFER, OF_WRAP_UP, draw,
    draw_for, happens, mixed, uniform,
)
from .stage cimport (
    AT_FIXED, AT_RING, AT_WORK, NODE_ROSTER, NOT_COUNTED, WILL_ACCEPT, WILL_DECLINE, WILL_MISS, AgentType, Customer,
    Desk, QueueWork, Ring, Stage, Way, Work, agent_node, begin_command, customer_in, later, node_of, require, send,
    slot_of, sum_ns, to_ns,
)
from .visitors cimport begins_anew, is_answered, talk_is_over


cdef enum:
    DUTY_SIGN_IN = 0                # world.Duty; a test compares them
    DUTY_LEAVE = 1
    DUTY_BREAK = 2


# ------------------------------------------------------------------ presence

cdef void plan_duty(Stage *s) noexcept nogil:
    """Plan the next row of the roster: before whatever else happens at that moment."""
    cdef int64_t at_ns
    if s.next_duty < s.n_duties:
        at_ns = max(s.now_ns, later(s.start_ns, s.duty_at_s[s.next_duty]))
        plan_first(&s.agenda, node_of(AT_FIXED, NODE_ROSTER), at_ns)


cdef int duty_calls(Stage *s) except -1 nogil:
    """Do what the roster says."""
    cdef int32_t row = s.next_duty
    cdef int32_t agent = s.duty_agent[row]
    cdef Desk *desk = &s.desks[agent]
    s.next_duty += 1
    plan_duty(s)
    if s.duty[row] == DUTY_SIGN_IN:
        desk.is_present = 1
        desk.is_away = 0
        desk.rest_ns = 0
        unplan(&s.agenda, agent_node(s, agent))
        return says(s, agent, SIGN_IN, AVAILABLE)
    if not desk.is_present:
        return 0
    if s.duty[row] == DUTY_LEAVE:
        desk.is_present = desk.is_away = 0
        desk.rest_ns = 0
        unplan(&s.agenda, agent_node(s, agent))
        return says(s, agent, SET_PRESENCE, OFFLINE)
    return rests(s, agent, to_ns(s.duty_length_s[row]))


cdef int says(Stage *s, int32_t agent, int32_t op, int32_t presence) except -1 nogil:
    """Tell the router an agent's presence. Who has been signed out meanwhile is."""
    cdef Command command
    cdef Answer answer
    begin_command(s, &command, op)
    command.agent, command.x = agent, presence
    send(s, &command, &answer)
    if answer.code != OK and answer.code != NOT_SIGNED_IN:
        require(s, &command)  # raises
    return 0


cdef int rests(Stage *s, int32_t agent, int64_t for_ns) except -1 nogil:
    """Nothing new from now on; the break begins when there is no work any more. One of no length is none."""
    cdef Desk *desk = &s.desks[agent]
    if for_ns == 0:
        return 0
    desk.rest_ns = sum_ns(desk.rest_ns, for_ns)
    if not desk.is_away:
        desk.is_away = 1
        says(s, agent, SET_PRESENCE, NOT_READY)
    begins_rest(s, agent)
    return 0


cdef void begins_rest(Stage *s, int32_t agent) noexcept nogil:
    cdef Desk *desk = &s.desks[agent]
    cdef int32_t node = agent_node(s, agent)
    if desk.rest_ns and s.c.agents[agent].first_assignment < 0 and not is_planned(&s.agenda, node):
        plan(&s.agenda, node, sum_ns(s.now_ns, desk.rest_ns))
        desk.rest_ns = 0


cdef int agent_returns(Stage *s, int32_t agent) except -1 nogil:
    """The break is over, unless another has come due meanwhile."""
    cdef Desk *desk = &s.desks[agent]
    if desk.rest_ns:
        begins_rest(s, agent)
        return 0
    desk.is_away = 0
    if desk.is_present:
        return says(s, agent, SET_PRESENCE, AVAILABLE)
    return 0


cdef void presence_changed(Stage *s, const Event *event) noexcept nogil:
    """Whoever has missed an offer notices in a while, and is there again."""
    cdef const AgentType *kind = &s.types[s.desks[event.agent].type]
    cdef double after_s = 0.0
    if event.cause == CAUSE_NO_ANSWER and s.desks[event.agent].is_present:
        s.desks[event.agent].misses += 1
        if kind.back_after >= 0:
            draw_for(&s.draws, mixed(s.key + <uint64_t> event.agent), OF_RETURN, s.desks[event.agent].misses)
            after_s = draw(&s.draws, kind.back_after)
        s.desks[event.agent].is_away = 1
        if not is_planned(&s.agenda, agent_node(s, event.agent)):
            plan(&s.agenda, agent_node(s, event.agent), later(s.now_ns, after_s))


# ------------------------------------------------------------------ offers

cdef void offer_made(Stage *s, const Event *event) noexcept nogil:
    """It rings at a desk: the agent picks up in a moment, declines, or is not there."""
    cdef int32_t slot = customer_in(s, event.interaction)
    cdef int32_t offer = slot_of(event.offer)
    cdef const AgentType *kind = &s.types[s.desks[event.agent].type]
    cdef Customer *customer
    cdef Ring *ring = &s.rings[offer]
    cdef double after_s = 0.0
    if slot < 0:
        return
    customer = &s.customers[slot]
    customer.offers += 1
    counts_of(s, customer.block, customer.queue, customer.tier)[OFFERS] += 1.0
    if s.c.queues[event.queue].accepts_itself:
        return
    ring.offer, ring.agent, ring.will = event.offer, event.agent, WILL_ACCEPT
    if kind.miss_share > 0.0:
        draw_for(&s.draws, customer.key, OF_MISSING, customer.offers)
        if happens(&s.draws, kind.miss_share):
            ring.will = WILL_MISS
            return
    if kind.decline_share > 0.0:
        draw_for(&s.draws, customer.key, OF_DECLINING, customer.offers)
        if happens(&s.draws, kind.decline_share):
            ring.will = WILL_DECLINE
    if kind.pick_up >= 0:
        draw_for(&s.draws, customer.key, OF_PICK_UP, customer.offers)
        after_s = draw(&s.draws, kind.pick_up)
    plan(&s.agenda, node_of(AT_RING, offer), later(s.now_ns, after_s))


cdef void offer_ended(Stage *s, const Event *event, int32_t count) noexcept nogil:
    """An offer is no more; what it came to is counted in column ``count``, -1: nowhere."""
    cdef int32_t slot = customer_in(s, event.interaction)
    cdef Customer *customer
    if event.offer:
        unplan(&s.agenda, node_of(AT_RING, slot_of(event.offer)))
    if slot >= 0 and count >= 0:
        customer = &s.customers[slot]
        counts_of(s, customer.block, customer.queue, customer.tier)[count] += 1.0


cdef int ring_is_answered(Stage *s, int32_t offer) except -1 nogil:
    """The agent does what was in mind."""
    cdef const Ring *ring = &s.rings[offer]
    cdef Command command
    cdef Answer answer
    begin_command(s, &command, ACCEPT if ring.will == WILL_ACCEPT else DECLINE)
    command.target, command.agent = ring.offer, ring.agent
    send(s, &command, &answer)  # a refusal: it was revoked at this very moment
    return 0


# ------------------------------------------------------------------ talks

cdef int offer_accepted(Stage *s, const Event *event) except -1 nogil:
    """A talk begins, unless the two cannot be connected."""
    cdef int32_t slot = customer_in(s, event.interaction)
    cdef int32_t place = slot_of(event.assignment)
    cdef Desk *desk = &s.desks[event.agent]
    cdef Work *work = &s.works[place]
    cdef Customer *customer
    cdef Command command
    if event.offer:
        unplan(&s.agenda, node_of(AT_RING, slot_of(event.offer)))
    if slot < 0:
        return 0
    customer = &s.customers[slot]
    if s.work[event.queue].failure_share > 0.0:
        draw_for(&s.draws, customer.key, OF_FAILURE, customer.offers)
        if happens(&s.draws, s.work[event.queue].failure_share):
            begin_command(s, &command, FAIL)
            command.target = event.assignment
            return require(s, &command)
    is_answered(s, slot, event.agent)
    work.key, work.talk = customer.key, customer.talks
    work.assignment, work.interaction = event.assignment, event.interaction
    work.began_ns = work.paced_ns = s.now_ns
    work.customer, work.agent, work.channel = slot, event.agent, s.c.queues[event.queue].channel
    work.queue, work.tier, work.block = event.queue, event.tier, customer.block
    work.is_active = 1
    work.speed = 1.0
    if not isnan(customer.handle_s) and customer.talks == 0:
        work.left_s = customer.handle_s
    else:
        draw_for(&s.draws, customer.key, OF_TALK, customer.talks)
        work.left_s = draw(&s.draws, s.handle[(event.queue * s.n_tiers + event.tier) * s.n_types + desk.type])
    if event.agent >= 0 and customer.block != NOT_COUNTED:
        s.handled[event.agent] += 1
    plan(&s.agenda, node_of(AT_WORK, place), later(s.now_ns, work.left_s))
    if s.is_paced:
        work.next = desk.first_work
        desk.first_work = place
        pace(s, desk)
    return 0


cdef void pace(Stage *s, Desk *desk) noexcept nogil:
    """What an agent does at once goes on more slowly, and what is interrupted not at all: plan the ends anew."""
    cdef const AgentType *kind = &s.types[desk.type]
    cdef int32_t at_once[16]
    cdef uint64_t channels = 0
    cdef int32_t place = desk.first_work
    cdef Work *work
    cdef double speed
    for channel in range(16):
        at_once[channel] = 0
    while place >= 0:
        work = &s.works[place]
        at_once[work.channel] += work.is_active
        if work.is_active:
            channels |= <uint64_t> 1 << work.channel
        place = work.next
    place = desk.first_work
    while place >= 0:
        work = &s.works[place]
        if work.is_active:
            speed = 1.0 / (1.0 + kind.slowdown[work.channel] * (at_once[work.channel] - 1))
            if is_interrupted(s, work.channel, channels):
                speed = 0.0
            if speed != work.speed:
                work.left_s = max(0.0, work.left_s - (s.now_ns - work.paced_ns) * 1e-9 * work.speed)
                work.paced_ns = s.now_ns
                work.speed = speed
                unplan(&s.agenda, node_of(AT_WORK, place))
                if speed > 0.0:
                    plan(&s.agenda, node_of(AT_WORK, place), later(s.now_ns, work.left_s / speed))
        place = work.next


cdef bint is_interrupted(const Stage *s, int32_t channel, uint64_t channels) noexcept nogil:
    """Say whether one of these channels may interrupt ``channel``: its work is then laid aside."""
    cdef int32_t other
    for other in range(s.c.n_channels):
        if channels >> other & 1 and s.c.channels[other].interrupts >> channel & 1:
            return True
    return False


cdef void leave_pace(Stage *s, int32_t place) noexcept nogil:
    """A talk does not slow down others any more."""
    cdef Desk *desk = &s.desks[s.works[place].agent]
    cdef int32_t *link = &desk.first_work
    while link[0] >= 0 and link[0] != place:
        link = &s.works[link[0]].next
    if link[0] == place:
        link[0] = s.works[place].next
        pace(s, desk)


cdef int work_goes_on(Stage *s, int32_t place) except -1 nogil:
    """The talk is over, and the interaction ends or goes elsewhere; or the wrap-up is."""
    cdef Work work = s.works[place]  # a copy: works move when the router's table of assignments grows
    cdef Command command
    cdef Answer answer
    if not work.is_active:
        begin_command(s, &command, END_WRAP_UP)
        command.target = work.assignment
        return require(s, &command)
    may_rest(s, &work)
    if is_transferred(s, place, &work):
        return 0
    begin_command(s, &command, COMPLETE)
    command.target, command.x = work.interaction, CAUSE_AGENT
    send(s, &command, &answer)
    if answer.code != OK:
        require(s, &command)  # raises
    return 0


cdef int may_rest(Stage *s, const Work *work) except -1 nogil:
    """Some talks are followed by a rest, which the router must know of before the agent is free."""
    cdef const AgentType *kind = &s.types[s.desks[work.agent].type]
    cdef const Customer *customer = &s.customers[work.customer]
    if kind.rest_share > 0.0 and s.desks[work.agent].is_present:
        draw_for(&s.draws, customer.key, OF_REST, customer.talks)
        if happens(&s.draws, kind.rest_share):
            return rests(s, work.agent, to_ns(draw(&s.draws, kind.rest)))
    return 0


cdef bint is_transferred(Stage *s, int32_t place, const Work *work) except -1 nogil:
    """Pass the interaction on if that is how this talk ends; say whether it was: a closed door ends it instead."""
    cdef const QueueWork *line = &s.work[work.queue]
    cdef const Customer *customer = &s.customers[work.customer]
    cdef const Way *way = line.ways
    cdef Command command
    cdef Answer answer
    cdef double lot
    if line.n_ways == 0:
        return False
    draw_for(&s.draws, customer.key, OF_TRANSFER, customer.talks)
    lot = uniform(&s.draws)
    while way < line.ways + line.n_ways and lot >= way.until:
        way += 1
    if way == line.ways + line.n_ways:
        return False
    if way.tier >= 0 and way.tier != work.tier:
        return changes_tier(s, place, work, way)
    begin_command(s, &command, MOVE)
    command.target, command.queue = work.interaction, way.queue
    send(s, &command, &answer)
    if answer.code == OK:
        count_talk(s, &s.works[place])
    return answer.code == OK


cdef bint changes_tier(Stage *s, int32_t place, const Work *work, const Way *way) except -1 nogil:
    """Pass the customer on as one of another tier. To the router, which never changes an interaction's tier, this is
    another interaction, with the same wait; it is there before the talk ends, so that a closed door changes nothing.
    """
    cdef Command command
    cdef Answer answer
    begin_command(s, &command, ENQUEUE)
    command.queue, command.tier = way.queue, way.tier
    command.x = s.c.interactions[slot_of(work.interaction)].since_ns
    send(s, &command, &answer)
    if answer.code != OK:
        return False
    count_talk(s, &s.works[place])
    begins_anew(s, work.customer, answer.value, way.queue, way.tier)
    begin_command(s, &command, COMPLETE)
    command.target, command.x = work.interaction, CAUSE_AGENT
    require(s, &command)
    return True


cdef void count_talk(Stage *s, Work *work) noexcept nogil:
    """Count a talk that ends now."""
    cdef double *counts = counts_of(s, work.block, work.queue, work.tier)
    cdef double talk_s = (s.now_ns - work.began_ns) * 1e-9
    cdef Customer *customer = &s.customers[work.customer]
    counts[TALK_S] += talk_s
    counts[HANDLED] += 1.0
    if customer.talks == 0:
        customer.talk_s = talk_s
    work.is_active = 0


cdef int talk_ended(Stage *s, const Event *event) except -1 nogil:
    """The interaction is completed, be it that the router's limit for talks was reached."""
    cdef int32_t slot = customer_in(s, event.interaction)
    cdef int32_t place = slot_of(event.assignment)
    unplan(&s.agenda, node_of(AT_WORK, place))
    if slot < 0:
        return 0
    count_talk(s, &s.works[place])
    talk_is_over(s, slot)
    return 0


cdef void wrap_up_started(Stage *s, const Event *event) noexcept nogil:
    """The agent writes things down, for as long as that takes or the router allows."""
    cdef int32_t place = slot_of(event.assignment)
    cdef Work *work = &s.works[place]
    cdef int32_t which = s.wrap_up[work.queue * s.n_types + s.desks[work.agent].type]
    unplan(&s.agenda, node_of(AT_WORK, place))
    if s.is_paced:
        leave_pace(s, place)
    work.paced_ns = s.now_ns
    if which >= 0:
        draw_for(&s.draws, work.key, OF_WRAP_UP, work.talk)
        plan(&s.agenda, node_of(AT_WORK, place), later(s.now_ns, draw(&s.draws, which)))


cdef void assignment_ended(Stage *s, const Event *event) noexcept nogil:
    """The agent is rid of it."""
    cdef int32_t place = slot_of(event.assignment)
    cdef Work *work = &s.works[place]
    if work.assignment != event.assignment:
        return  # it was never connected
    unplan(&s.agenda, node_of(AT_WORK, place))
    if s.is_paced:
        leave_pace(s, place)
    counts_of(s, work.block, work.queue, work.tier)[WRAP_UP_S] += event.x * 1e-9
    work.assignment = 0
    begins_rest(s, event.agent)
