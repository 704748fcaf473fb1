# cython: cdivision=True
"""Customers; see visitors.pxd."""

from libc.math cimport isnan
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memmove

from acdcore.router.law cimport (
    CANCEL, CAUSE_CUSTOMER, ENQUEUE, LIMIT_REACHED, MOVE, OK, QUEUE_FULL, QUEUE_IS_CLOSED, QUEUE_UNSTAFFED, SINCE_NOW,
)
from acdcore.router.model cimport Answer, Command, Interaction

from .agenda cimport NEVER, is_planned, plan, plan_first, unplan
from .counts cimport (
    BALKED, CALLED_BACK, ENDED_ANSWERED, ENDED_BALKED, ENDED_EXPIRED, ENDED_REJECTED,
    ENDED_SELF_SERVED, EXPIRED, MOVED_IN, OFFERED, REJECTED, RETRIED, SELF_SERVED, TRANSFERRED, WAITED,
    count_abandon, count_answer, counts_of, keep_record, line_changes,
)
from .draw cimport (
    OF_BALKING, OF_CALLBACK, OF_CHOICE, OF_PATIENCE, OF_RETRY, OF_SELF_SERVICE, draw, draw_for, happens, mixed,
    uniform, unit_exponential,
)
from .stage cimport (
    AT_CUSTOMER, AT_FIXED, FIRST_SOURCE, IN_QUEUE, IN_SELF_SERVICE, MOST_ENTRIES, NOT_COUNTED, OUTSIDE, TALKING,
    Behavior, Customer, Source, Stage, Way, begin_command, customer_free, customer_new, later, newcomer, node_of,
    require, send, slot_of, sum_ns,
)


cdef enum:
    RUN_ON = 2                      # world.Ending; a test compares the two


# ------------------------------------------------------------------ arrivals

cdef double next_arrival_s(Stage *s, Source *source) noexcept nogil:
    """Return when the next batch comes: a Poisson stream, its time running as fast as its rate says; 1e30: never."""
    cdef double left, here
    s.draws.word = source.word
    left = unit_exponential(&s.draws)
    source.word = s.draws.word
    while source.i < source.n:
        here = (source.edges_s[source.i + 1] - source.at_s) * source.rates_per_s[source.i]
        if left < here:
            return source.at_s + left / source.rates_per_s[source.i]
        left -= here
        source.i += 1
        source.at_s = source.edges_s[source.i]
    return 1e30


cdef void plan_arrival(Stage *s, int32_t place) noexcept nogil:
    """Plan what comes next from a source. Traces plan the customer whose row is next."""
    cdef Source *source = &s.sources[place]
    cdef int64_t at_ns
    if source.is_trace:
        source.at_s = source.edges_s[source.i] if source.i < source.n else 1e30
    else:
        source.at_s = next_arrival_s(s, source)
    at_ns = later(s.start_ns, source.at_s)
    if at_ns < s.horizon_ns or (s.ending == RUN_ON and at_ns < s.last_ns):
        plan(&s.agenda, node_of(AT_FIXED, FIRST_SOURCE + place), max(at_ns, s.now_ns))


cdef int source_speaks(Stage *s, int32_t place) except -1 nogil:
    """One customer comes; the next of the batch is up at once, when this one is served or waits, or another batch."""
    cdef Source *source = &s.sources[place]
    if source.is_trace:
        arrives_as_recorded(s, place)
        source.i += 1
    else:
        if source.batch >= 0:
            if source.n_left == 0:
                source.n_left = batch_of(s, source)
            source.n_left -= 1
        arrives(s, place)
        if source.n_left:
            plan_first(&s.agenda, node_of(AT_FIXED, FIRST_SOURCE + place), s.now_ns)
            return 0
    plan_arrival(s, place)
    return 0


cdef int64_t batch_of(Stage *s, const Source *source) except -1 nogil:
    """Return of how many a batch is."""
    cdef double n
    draw_for(&s.draws, source.key ^ mixed(<uint64_t> source.n_come), OF_CHOICE, -1)
    n = draw(&s.draws, source.batch)
    if n > MOST_ENTRIES:
        with gil:
            raise ValueError(f"batch: {n:g} customers at once; allowed: up to {MOST_ENTRIES}")
    return max(<int64_t> 1, <int64_t> (n + 0.5))


cdef int32_t comes(Stage *s, int32_t place) except -1 nogil:
    """Return a customer who has just come from a source."""
    cdef Source *source = &s.sources[place]
    cdef int32_t slot = customer_new(s)
    cdef Customer *customer = &s.customers[slot]
    s.arrivals += 1
    source.n_come += 1
    customer.key = mixed(source.key + <uint64_t> source.n_come)
    customer.source = place
    customer.agent = -1
    customer.patience_s = customer.handle_s = s.nan
    customer.since_ns = NEVER
    begins_attempt(s, customer)
    return slot


cdef void begins_attempt(Stage *s, Customer *customer) noexcept nogil:
    customer.arrived_ns = s.now_ns
    customer.block = s.block if s.now_ns < s.horizon_ns else NOT_COUNTED
    customer.gives_up_ns = customer.asked_ns = NEVER
    if customer.block != NOT_COUNTED:
        s.n_counted += 1


cdef int arrives(Stage *s, int32_t place) except -1 nogil:
    """Somebody comes from a source: what about, and whether self-service comes first."""
    cdef Source *source = &s.sources[place]
    cdef int32_t slot = comes(s, place)
    cdef Customer *customer = &s.customers[slot]
    cdef const Way *way = source.ways
    cdef double lot
    if source.n_ways > 1:
        draw_for(&s.draws, customer.key, OF_CHOICE, 0)
        lot = uniform(&s.draws)
        while way < source.ways + source.n_ways - 1 and lot >= way.until:
            way += 1
    customer.queue, customer.tier = way.queue, way.tier
    if source.self_service < 0:
        return enters(s, slot)
    draw_for(&s.draws, customer.key, OF_SELF_SERVICE, 0)
    customer.state = IN_SELF_SERVICE
    plan(&s.agenda, node_of(AT_CUSTOMER, slot), later(s.now_ns, draw(&s.draws, source.self_service)))
    return 0


cdef int arrives_as_recorded(Stage *s, int32_t place) except -1 nogil:
    """Somebody comes whose row is in a trace."""
    cdef Source *source = &s.sources[place]
    cdef int32_t slot = comes(s, place)
    cdef Customer *customer = &s.customers[slot]
    customer.queue, customer.tier = source.queues[source.i], source.tiers[source.i]
    customer.patience_s, customer.handle_s = source.patience_s[source.i], source.handle_s[source.i]
    if source.since_s != NULL:
        customer.since_ns = max(<int64_t> 0, later(s.start_ns, source.since_s[source.i]))
    return enters(s, slot)


cdef int leaves_self_service(Stage *s, int32_t slot) except -1 nogil:
    """Its matter is settled, or passed on to people."""
    cdef Customer *customer = &s.customers[slot]
    draw_for(&s.draws, customer.key, OF_SELF_SERVICE, 1)
    if not happens(&s.draws, s.sources[customer.source].contained):
        return enters(s, slot)
    counts_of(s, customer.block, customer.queue, customer.tier)[SELF_SERVED] += 1.0
    keep_record(s, customer, ENDED_SELF_SERVED)
    counted_one_leaves(s, customer)
    customer_free(s, slot)
    return 0


# ------------------------------------------------------------------ the queue

cdef int enters(Stage *s, int32_t slot) except -1 nogil:
    """Ask the router to let the customer in."""
    cdef Customer *customer = &s.customers[slot]
    cdef double *counts = counts_of(s, customer.block, customer.queue, customer.tier)
    cdef Command command
    cdef Answer answer
    begin_command(s, &command, ENQUEUE)
    command.queue, command.tier = customer.queue, customer.tier
    command.x = SINCE_NOW if customer.since_ns == NEVER else min(customer.since_ns, s.now_ns)
    customer.since_ns = s.now_ns if customer.since_ns == NEVER else min(customer.since_ns, s.now_ns)
    counts[OFFERED] += 1.0
    if customer.attempt:
        counts[RETRIED] += 1.0
    else:
        customer.home = customer.queue
    send(s, &command, &answer)
    customer = &s.customers[slot]
    if answer.code == OK:
        customer.interaction = answer.value
        s.customer_of[slot_of(answer.value)] = slot
        customer.state = IN_QUEUE
        line_changes(s, customer.queue, customer.tier, 1)
        newcomer(s, slot)
    elif answer.code in (QUEUE_FULL, QUEUE_IS_CLOSED, QUEUE_UNSTAFFED, LIMIT_REACHED):
        goes_unserved(s, slot, ENDED_REJECTED)
    else:
        require(s, &command)  # raises
    return 0


cdef int settle_newcomers(Stage *s) except -1 nogil:
    """Those who have entered a queue and were not answered at once balk, or decide how long they will wait.

    When one has balked, the router is heard before the others look at what has become of the queue, and of them.
    """
    cdef int64_t heard = s.c.n_events
    cdef int32_t i = 0
    cdef int32_t slot
    while i < s.n_newcomers and s.c.n_events == heard:
        slot = s.newcomers[i]
        s.customers[slot].is_new = 0
        if s.customers[slot].state == IN_QUEUE:
            begins_to_wait(s, slot)
        i += 1
    s.n_newcomers -= i
    memmove(s.newcomers, s.newcomers + i, <size_t> s.n_newcomers * sizeof(int32_t))
    return 0


cdef inline int32_t wait_number(const Customer *customer) noexcept nogil:
    """Tell a customer's waits apart: each attempt has one, and one more after each talk that was passed on."""
    return customer.attempt << 16 | (customer.talks & 0xFFFF)


cdef int begins_to_wait(Stage *s, int32_t slot) except -1 nogil:
    cdef Customer *customer = &s.customers[slot]
    cdef const Behavior *behavior = &s.behaviors[customer.queue * s.n_tiers + customer.tier]
    cdef const Interaction *one = &s.c.interactions[slot_of(customer.interaction)]
    cdef double patience_s = customer.patience_s
    if one.first_offer < 0 and behavior.balk_share > 0.0 and others_wait(s, customer.queue) >= behavior.balk_from:
        draw_for(&s.draws, customer.key, OF_BALKING, wait_number(customer))
        if happens(&s.draws, behavior.balk_share):
            return hangs_up(s, slot, 1)
    customer.gives_up_ns = customer.asked_ns = NEVER
    if isnan(patience_s) and behavior.patience >= 0:
        draw_for(&s.draws, customer.key, OF_PATIENCE, wait_number(customer))
        patience_s = draw(&s.draws, behavior.patience)
    if not isnan(patience_s):
        customer.gives_up_ns = later(s.now_ns, patience_s)
    if behavior.callback_share > 0.0 and behavior.callback_after_ns != NEVER:
        customer.asked_ns = sum_ns(s.now_ns, behavior.callback_after_ns)
    plan_wait(s, slot)
    return 0


cdef int32_t others_wait(const Stage *s, int32_t queue) noexcept nogil:
    """Return how many wait or ring in a queue, one who has just come aside."""
    cdef int32_t tier, n = -1
    for tier in range(s.n_tiers):
        n += s.lines[queue * s.n_tiers + tier].n
    return n


cdef void plan_wait(Stage *s, int32_t slot) noexcept nogil:
    """Plan what comes first while the customer waits: hanging up, or the question whether to be called back."""
    cdef const Customer *customer = &s.customers[slot]
    cdef int64_t at_ns = min(customer.gives_up_ns, customer.asked_ns)
    cdef int32_t node = node_of(AT_CUSTOMER, slot)
    if at_ns != NEVER and not is_planned(&s.agenda, node):
        plan(&s.agenda, node, max(at_ns, s.now_ns))


cdef int customer_acts(Stage *s, int32_t slot) except -1 nogil:
    """What the customer has planned is due."""
    cdef Customer *customer = &s.customers[slot]
    if customer.state == IN_SELF_SERVICE:
        return leaves_self_service(s, slot)
    if customer.state == OUTSIDE:
        begins_attempt(s, customer)
        return enters(s, slot)
    if customer.gives_up_ns <= s.now_ns:
        return hangs_up(s, slot, 0)
    customer.asked_ns = NEVER
    return may_be_called_back(s, slot)


cdef int hangs_up(Stage *s, int32_t slot, bint balks) except -1 nogil:
    """Say so; the router's event then ends the attempt."""
    cdef Command command
    begin_command(s, &command, CANCEL)
    command.target, command.x = s.customers[slot].interaction, CAUSE_CUSTOMER
    s.customers[slot].is_moving = balks
    return require(s, &command)


cdef int may_be_called_back(Stage *s, int32_t slot) except -1 nogil:
    """Asked whether to be called back, the customer says yes or goes on waiting."""
    cdef Customer *customer = &s.customers[slot]
    cdef const Behavior *behavior = &s.behaviors[customer.queue * s.n_tiers + customer.tier]
    cdef Command command
    cdef Answer answer
    draw_for(&s.draws, customer.key, OF_CALLBACK, wait_number(customer))
    if happens(&s.draws, behavior.callback_share):
        begin_command(s, &command, MOVE)
        command.target, command.queue = customer.interaction, behavior.callback_queue
        send(s, &command, &answer)
        if answer.code == OK:
            counts_of(s, customer.block, customer.queue, customer.tier)[CALLED_BACK] += 1.0
            customer.gives_up_ns = NEVER
            return 0
    plan_wait(s, slot)
    return 0


cdef int is_moved(Stage *s, int32_t slot, int32_t queue) except -1 nogil:
    """The router has moved the interaction to another queue: by the plan, as one was full, or as it was told to."""
    cdef Customer *customer = &s.customers[slot]
    cdef double *counts
    if customer.state == TALKING:  # transferred: a new wait, with a patience of its own
        customer.state = IN_QUEUE
        customer.queue = queue
        customer.since_ns = s.now_ns
        customer.patience_s = s.nan
        customer.gives_up_ns = customer.asked_ns = NEVER  # those of the wait before are over
        customer.talks += 1
        if customer.block != NOT_COUNTED:
            s.n_counted += 1
        line_changes(s, queue, customer.tier, 1)
        counts = counts_of(s, customer.block, queue, customer.tier)
        counts[OFFERED] += 1.0
        counts[TRANSFERRED] += 1.0
        newcomer(s, slot)
    else:
        line_changes(s, customer.queue, customer.tier, -1)
        customer.queue = queue
        line_changes(s, queue, customer.tier, 1)
        counts_of(s, customer.block, queue, customer.tier)[MOVED_IN] += 1.0
    return 0


cdef int begins_anew(Stage *s, int32_t slot, int64_t interaction, int32_t queue, int32_t tier) except -1 nogil:
    """Who has talked goes on as another interaction, of another tier."""
    cdef Customer *customer = &s.customers[slot]
    customer.interaction = interaction
    customer.tier = tier
    s.customer_of[slot_of(interaction)] = slot
    return is_moved(s, slot, queue)


# ------------------------------------------------------------------ the end of a wait

cdef void counted_one_leaves(Stage *s, const Customer *customer) noexcept nogil:
    if customer.block != NOT_COUNTED:
        s.n_counted -= 1


cdef void is_answered(Stage *s, int32_t slot, int32_t agent) noexcept nogil:
    """An agent has accepted."""
    cdef Customer *customer = &s.customers[slot]
    cdef int64_t wait_ns = s.now_ns - customer.since_ns
    unplan(&s.agenda, node_of(AT_CUSTOMER, slot))
    line_changes(s, customer.queue, customer.tier, -1)
    customer.state = TALKING
    count_answer(s, customer, wait_ns)
    counted_one_leaves(s, customer)
    if customer.agent < 0:
        customer.agent = agent
        customer.wait_s = wait_ns * 1e-9


cdef int waits_again(Stage *s, int32_t slot) except -1 nogil:
    """The interaction is back at its old place: an offer was not accepted, or what was accepted did not come about.

    It never comes back from a talk: only who is signed out by a lapsed lease, or by force, loses one.
    """
    plan_wait(s, slot)
    return 0


cdef int talk_is_over(Stage *s, int32_t slot) except -1 nogil:
    """The customer is content and leaves."""
    keep_record(s, &s.customers[slot], ENDED_ANSWERED)
    customer_free(s, slot)
    return 0


cdef int goes_unserved(Stage *s, int32_t slot, int32_t outcome) except -1 nogil:
    """The attempt has come to nothing: hung up, turned away, or waited too long. There may be another."""
    cdef Customer *customer = &s.customers[slot]
    cdef const Behavior *behavior = &s.behaviors[customer.queue * s.n_tiers + customer.tier]
    cdef double *counts = counts_of(s, customer.block, customer.queue, customer.tier)
    cdef bint is_first_wait = customer.agent < 0
    cdef int64_t wait_ns = s.now_ns - customer.since_ns
    if is_first_wait:
        customer.wait_s = wait_ns * 1e-9
    if customer.state == IN_QUEUE:
        line_changes(s, customer.queue, customer.tier, -1)
    unplan(&s.agenda, node_of(AT_CUSTOMER, slot))
    if outcome == ENDED_REJECTED:
        counts[REJECTED] += 1.0
    elif outcome == ENDED_EXPIRED:
        counts[EXPIRED] += 1.0
        counts[WAITED] += 1.0
    else:
        count_abandon(s, customer, wait_ns)
        if customer.is_moving:
            outcome = ENDED_BALKED
            counts[BALKED] += 1.0
    keep_record(s, customer, outcome if is_first_wait else ENDED_ANSWERED)
    counted_one_leaves(s, customer)
    customer.interaction = 0
    customer.is_moving = 0
    if is_first_wait and behavior.retry_share > 0.0 and customer.attempt < behavior.most_retries:
        draw_for(&s.draws, customer.key, OF_RETRY, customer.attempt)
        if happens(&s.draws, behavior.retry_share):
            return goes_outside(s, slot, draw(&s.draws, behavior.retry_after))
    customer_free(s, slot)
    return 0


cdef int goes_outside(Stage *s, int32_t slot, double for_s) except -1 nogil:
    """The customer will try again, where it was tried first, unless the doors are shut by then."""
    cdef Customer *customer = &s.customers[slot]
    cdef int64_t at_ns = later(s.now_ns, for_s)
    if at_ns >= s.horizon_ns and (s.ending != RUN_ON or at_ns >= s.last_ns):
        customer_free(s, slot)
        return 0
    customer.state = OUTSIDE
    customer.attempt += 1
    customer.queue = customer.home
    customer.since_ns = NEVER
    customer.wait_s = customer.talk_s = 0.0
    plan(&s.agenda, node_of(AT_CUSTOMER, slot), at_ns)
    return 0
