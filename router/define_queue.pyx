# cython: cdivision=True
"""Queues and the requirements of their plans; the checks and their order are those of reference_define.py.

A queue is read into a :c:struct:`Draft` first, so that a refusal leaves nothing behind.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memmove, memset

from . import codes

from .available cimport kind_use
from .define cimport QUEUE_RULES, STEP_RULES, TIER_RULES, allows, defined, field_is_good, is_within, replaced
from .define cimport replan_all, skill_is_good, standards
from .gates cimport gates_renew
from .grades cimport grades_free
from .law cimport *
from .lines cimport lines_of_queue_renew
from .model cimport *
from .names cimport names_put, names_reserve
from .plans cimport gates_of, queue_flags
from .require cimport requirement_hold, requirement_of, requirement_release
from .store cimport dirty_queue, list_reserve, name_keep, refuse, reserve_array
from .timers cimport timer_disarm

cdef extern from *:
    """
    static inline long long acd_promise(long long target_ns, long long factor_ppm) {
        return (long long)((__int128)target_ns * factor_ppm / 1000000);
    }
    """
    int64_t acd_promise(int64_t target_ns, int64_t factor_ppm) noexcept nogil

cdef enum:
    MOST_STEPS = 32  # the most that the setting MAX_STEPS allows

cdef int64_t MAX_DURATION_NS = codes.MAX_DURATION_NS
assert codes.SETTING_RULES[codes.Setting.MAX_STEPS].greatest == MOST_STEPS

cdef struct Draft:                  # a queue while its items are read
    int64_t[N_QUEUE_FIELDS] fields
    Step[MOST_STEPS] plan
    int32_t[MOST_STEPS] first       # where each step's items begin
    int32_t n_steps
    uint32_t given                  # bit f: the queue's field f has been stated
    uint32_t given_by_step          # bit f: the step's field f has been, in the last step


# ---------------------------------------------------------------------- requirements

cdef bint is_of_requirement(const Item *item) noexcept nogil:
    return ITEM_REQUIRE <= item.kind <= ITEM_PREFER and item.kind != ITEM_HAS_SKILL


cdef inline bint is_of_clause(const Item *item) noexcept nogil:
    return item.kind == ITEM_ANY_OF or item.kind == ITEM_OR


cdef bint requirement_item_is_good(
    Center *c, const Item *items, int32_t first, int32_t i, Answer *answer
) noexcept nogil:
    """Check item ``i`` of the requirement that begins at item ``first``: each skill once in its clause or its kind."""
    cdef int32_t j = i - 1
    if items[i].kind == ITEM_OR:
        if j < first or not is_of_clause(&items[j]):
            refuse(answer, INVALID_FIELD, i)
            return False
        while items[j].key != items[i].key and items[j].kind != ITEM_ANY_OF:
            j -= 1
        if items[j].key == items[i].key:
            refuse(answer, DUPLICATE_ITEM, i)
            return False
    elif items[i].kind != ITEM_ANY_OF:
        while j >= first and not (items[j].kind == items[i].kind and items[j].key == items[i].key):
            j -= 1
        if j >= first:
            refuse(answer, DUPLICATE_ITEM, i)
            return False
    return skill_is_good(c, &items[i], i, answer)


# ---------------------------------------------------------------------- items

cdef bint plan_is_within(Center *c, const Command *command, const Item *items, Answer *answer) noexcept nogil:
    """Check how many steps there are, and how many skills the one that asks for most asks for."""
    cdef int32_t i, steps = 1, skills = 0, most = 0
    for i in range(command.items):
        if items[i].kind == ITEM_STEP:
            steps += 1
            skills = 0
        skills += is_of_requirement(&items[i])
        most = skills if skills > most else most
    return is_within(c, steps, MAX_STEPS, answer) and is_within(c, most, MAX_SKILLS_PER_REQUIREMENT, answer)


cdef inline bint is_queue_reference(int64_t field) noexcept nogil:
    return field in (MAX_WAIT_TO, FULL_TO, UNSTAFFED_TO, CLOSED_TO, HELD_TO)


cdef void open_step(Draft *draft, int64_t after_ns, int32_t first) noexcept nogil:
    cdef Step *step = &draft.plan[draft.n_steps]
    memset(step, 0, sizeof(Step))
    standards(&STEP_RULES, step.fields)
    step.after_ns = after_ns
    step.requirement = step.gate_timer = -1
    draft.first[draft.n_steps] = first
    draft.n_steps += 1
    draft.given_by_step = 0


cdef bint read_field(Center *c, const Item *item, int32_t i, Draft *draft, Answer *answer) noexcept nogil:
    if not field_is_good(&QUEUE_RULES, item, i, &draft.given, answer):
        return False
    if is_queue_reference(item.key) and item.value >= c.n_queues:
        refuse(answer, UNKNOWN_QUEUE, i)
        return False
    if item.key == CHANNEL and item.value >= c.n_channels:
        refuse(answer, UNKNOWN_CHANNEL, i)
        return False
    draft.fields[item.key] = item.value
    return True


cdef bint read_step(const Item *item, int32_t i, Draft *draft, Answer *answer) noexcept nogil:
    if item.key != 0 or not draft.plan[draft.n_steps - 1].after_ns <= item.value <= MAX_DURATION_NS:
        refuse(answer, INVALID_FIELD, i)
        return False
    open_step(draft, item.value, i + 1)
    return True


cdef bint read_step_field(Center *c, const Item *item, int32_t i, Draft *draft, Answer *answer) noexcept nogil:
    if not field_is_good(&STEP_RULES, item, i, &draft.given_by_step, answer):
        return False
    if (item.key == STEP_MOVE_TO or item.key == STEP_LENDER) and item.value >= c.n_queues:
        refuse(answer, UNKNOWN_QUEUE, i)
        return False
    if draft.n_steps == 1 and item.key != STEP_SKIP:
        refuse(answer, INVALID_FIELD, i)
        return False
    draft.plan[draft.n_steps - 1].fields[item.key] = item.value
    return True


cdef bint override_is_good(Center *c, const Item *items, int32_t i, Answer *answer) noexcept nogil:
    """Check what is to be a queue's own promise to a tier; no other kind of item is left."""
    cdef const Item *item = &items[i]
    cdef int32_t j
    if item.kind != ITEM_TIER_FACTOR and item.kind != ITEM_TIER_HEAD_START:
        refuse(answer, INVALID_FIELD, i)
        return False
    if not 0 <= item.key < c.n_tiers:
        refuse(answer, UNKNOWN_TIER, i)
        return False
    for j in range(i):
        if items[j].kind == item.kind and items[j].key == item.key:
            refuse(answer, DUPLICATE_ITEM, i)
            return False
    if not allows(&TIER_RULES, TARGET_FACTOR_PPM if item.kind == ITEM_TIER_FACTOR else HEAD_START_NS, item.value):
        refuse(answer, INVALID_FIELD, i)
        return False
    return True


cdef bint read_queue(Center *c, const Command *command, const Item *items, Draft *draft, Answer *answer) noexcept nogil:
    """Read fields and steps, checking every item in its order; return False when one is refused."""
    cdef int32_t i
    cdef int64_t kind
    cdef bint good
    draft.n_steps = draft.given = 0
    standards(&QUEUE_RULES, draft.fields)
    open_step(draft, 0, 0)
    for i in range(command.items):
        kind = items[i].kind
        if is_of_requirement(&items[i]):
            good = requirement_item_is_good(c, items, draft.first[draft.n_steps - 1], i, answer)
        elif kind == ITEM_FIELD:
            good = read_field(c, &items[i], i, draft, answer)
        elif kind == ITEM_STEP:
            good = read_step(&items[i], i, draft, answer)
        elif kind == ITEM_STEP_FIELD:
            good = read_step_field(c, &items[i], i, draft, answer)
        else:
            good = override_is_good(c, items, i, answer)
        if not good:
            return False
    return True


cdef inline int where_to(int64_t policy) noexcept nogil:
    """Return the field that says where a policy's MOVE leads; 0 when the field is no policy."""
    if policy == ON_MAX_WAIT:
        return MAX_WAIT_TO
    if policy == ON_FULL:
        return FULL_TO
    if policy == ON_UNSTAFFED:
        return UNSTAFFED_TO
    if policy == ON_CLOSED:
        return CLOSED_TO
    return HELD_TO if policy == ON_HELD else 0


cdef bint step_field_fits(const Step *step, const Item *item) noexcept nogil:
    """Say whether a measure has its lender, and a value that closes the one that opens, on its right side."""
    cdef int64_t opens
    if item.key in (STEP_LENDER_WAITING, STEP_LENDER_WAIT_NS, STEP_LENDER_FREE):
        return step.fields[STEP_LENDER] != NONE
    if item.key in (STEP_WAITING_CLOSE, STEP_WAIT_CLOSE_NS, STEP_LENDER_FREE_CLOSE):
        opens = step.fields[item.key - 1]
        return opens != NONE and item.value <= opens
    if item.key in (STEP_AGENTS_CLOSE, STEP_LENDER_WAITING_CLOSE, STEP_LENDER_WAIT_CLOSE_NS):
        opens = step.fields[item.key - 1]
        return opens != NONE and item.value >= opens
    return True


cdef bint fits_together(const Command *command, const Item *items, const Draft *draft, Answer *answer) noexcept nogil:
    """Check what only makes sense together, in the order of the items."""
    cdef int32_t i, number = 0, to
    cdef bint good
    for i in range(command.items):
        good = True
        if items[i].kind == ITEM_STEP:
            number += 1
        elif items[i].kind == ITEM_FIELD:
            to = where_to(items[i].key)
            good = to == 0 or items[i].value != OVERFLOW_MOVE or draft.fields[to] != NONE
        elif items[i].kind == ITEM_STEP_FIELD and items[i].value != NONE:
            good = step_field_fits(&draft.plan[number], &items[i])
        if not good:
            refuse(answer, INVALID_FIELD, i)
            return False
    return True


# ---------------------------------------------------------------------- what is made of them

cdef bint step_has_gate(const Step *step) noexcept nogil:
    return (
        step.fields[STEP_WAITING] != NONE
        or step.fields[STEP_WAIT_NS] != NONE
        or step.fields[STEP_AGENTS] != NONE
        or step.fields[STEP_LENDER_WAITING] != NONE
        or step.fields[STEP_LENDER_WAIT_NS] != NONE
        or step.fields[STEP_LENDER_FREE] != NONE
    )


cdef int hold_requirements(
    Center *c, const Command *command, const Item *items, Draft *draft, Answer *answer
) except -1 nogil:
    """Hold what the steps require; return 0 having let go of it all when that would be too much at once."""
    cdef int32_t i, end
    for i in range(draft.n_steps):
        end = draft.first[i + 1] if i + 1 < draft.n_steps else command.items
        draft.plan[i].requirement = requirement_of(c, items + draft.first[i], end - draft.first[i])
        requirement_hold(c, draft.plan[i].requirement)
    if is_within(c, c.n_requirements, MAX_REQUIREMENTS, answer):
        return 1
    for i in range(draft.n_steps):
        requirement_release(c, draft.plan[i].requirement)
    return 0


cdef int32_t override_at(const Queue *queue, int32_t tier) noexcept nogil:
    """Return the first place in the queue's overrides whose tier is not before this one."""
    cdef int32_t low = 0, high = queue.n_overrides, middle
    while low < high:
        middle = (low + high) // 2
        if queue.overrides[middle].tier < tier:
            low = middle + 1
        else:
            high = middle
    return low


cdef int take_overrides(Queue *queue, const Command *command, const Item *items) except -1 nogil:
    """Replace the queue's own promises to tiers, sorted by tier."""
    cdef int32_t i, at, n = 0
    cdef Override *own
    for i in range(command.items):
        n += items[i].kind == ITEM_TIER_FACTOR or items[i].kind == ITEM_TIER_HEAD_START
    own = <Override *> malloc((<size_t> n + 1) * sizeof(Override))
    if own == NULL:
        raise MemoryError
    free(queue.overrides)
    queue.overrides = own
    queue.n_overrides = 0
    for i in range(command.items):
        if items[i].kind != ITEM_TIER_FACTOR and items[i].kind != ITEM_TIER_HEAD_START:
            continue
        at = override_at(queue, <int32_t> items[i].key)
        if at == queue.n_overrides or own[at].tier != items[i].key:
            for n in range(queue.n_overrides, at, -1):
                own[n] = own[n - 1]
            own[at] = Override(NONE, NONE, <int32_t> items[i].key)
            queue.n_overrides += 1
        if items[i].kind == ITEM_TIER_FACTOR:
            own[at].target_factor_ppm = items[i].value
        else:
            own[at].head_start_ns = items[i].value
    return 0


cdef void cell_promise(Center *c, int32_t queue, int32_t tier) noexcept nogil:
    """Write into the cell of a (queue, tier) what the queue promises to the tier, its own promise first."""
    cdef Queue *q = &c.queues[queue]
    cdef Cell *cell = &c.cells[q.cells[tier]]
    cdef int64_t factor_ppm = c.tiers[tier].fields[TARGET_FACTOR_PPM]
    cdef int32_t at = override_at(q, tier)
    cell.head_start_ns = c.tiers[tier].fields[HEAD_START_NS]
    if at < q.n_overrides and q.overrides[at].tier == tier:
        if q.overrides[at].target_factor_ppm != NONE:
            factor_ppm = q.overrides[at].target_factor_ppm
        if q.overrides[at].head_start_ns != NONE:
            cell.head_start_ns = q.overrides[at].head_start_ns
    cell.promise_ns = acd_promise(q.fields[TARGET_NS], factor_ppm)


cdef int take_plan(Center *c, Queue *queue, Draft *draft) except -1 nogil:
    """Replace the queue's plan by the drafted one, whose requirements are held; gates are closed to begin with."""
    cdef int32_t i
    cdef Step *plan = <Step *> malloc(<size_t> draft.n_steps * sizeof(Step))
    if plan == NULL:
        raise MemoryError
    for i in range(draft.n_steps):
        draft.plan[i].has_gate = step_has_gate(&draft.plan[i])
        draft.plan[i].is_open = not draft.plan[i].has_gate
    memcpy(plan, draft.plan, <size_t> draft.n_steps * sizeof(Step))
    for i in range(queue.n_steps):
        timer_disarm(c, &queue.plan[i].gate_timer)
        requirement_release(c, queue.plan[i].requirement)
    free(queue.plan)
    queue.plan = plan
    queue.n_steps = draft.n_steps
    return 0


cdef int add_queue(Center *c, const Command *command, const char *name) except -1 nogil:
    """Begin a queue, open and without a plan."""
    cdef int32_t slot = c.n_queues
    cdef Queue *queue
    reserve_array(<void **> &c.queues, &c.queues_capacity, slot + 1, sizeof(Queue))
    list_reserve(&c.dirty_queues, c.queues_capacity)
    names_reserve(&c.names, 1)
    queue = &c.queues[slot]
    name_keep(&queue.name, name, command.name_length)
    queue.is_open = 1
    queue.first_addressed = -1
    c.n_queues += 1
    names_put(&c.names, KIND_QUEUE, queue.name.text, queue.name.length, queue.name.hash, slot)
    return 0


cdef void wait_edge_add(Center *c, int64_t edge_ns) noexcept nogil:
    """Let a target be an edge of the wait histograms, unless it is one or there is no room for it.

    Waits counted before stay above it: nobody knows any more which of them were shorter.
    """
    cdef int32_t place = 0, i
    cdef int64_t *bins
    while place < c.n_wait_edges and c.wait_edges[place] < edge_ns:
        place += 1
    if c.n_wait_edges == MAX_WAIT_EDGES or (place < c.n_wait_edges and c.wait_edges[place] == edge_ns):
        return
    memmove(&c.wait_edges[place + 1], &c.wait_edges[place], <size_t> (c.n_wait_edges - place) * sizeof(int64_t))
    c.wait_edges[place] = edge_ns
    c.n_wait_edges += 1
    for i in range(c.n_cells):
        bins = c.cells[i].wait_bins
        memmove(&bins[place + 1], &bins[place], <size_t> (c.n_wait_edges - place) * sizeof(int64_t))
        bins[place] = 0


cdef int replace_plan(
    Center *c, int32_t slot, const Command *command, const Item *items, Draft *draft
) except -1 nogil:
    """Give a queue, new or old, what its definition says, and bring up to date what was derived from the old one."""
    cdef Queue *queue = &c.queues[slot]
    cdef int32_t i
    lines_of_queue_renew(c, slot)  # first: lines stand under what the old plan asks for
    for i in range(queue.n_steps if queue.fields[STRATEGY] != draft.fields[STRATEGY] else 0):
        grades_free(&c.requirements[queue.plan[i].requirement])  # what another queue still asks for begins anew
    memcpy(&queue.fields[1], &draft.fields[1], (N_QUEUE_FIELDS - 1) * sizeof(int64_t))
    take_overrides(queue, command, items)
    take_plan(c, queue, draft)
    queue_flags(c, slot)
    wait_edge_add(c, queue.target_ns)
    for i in range(queue.n_cells):
        if queue.cells[i] >= 0:
            cell_promise(c, slot, i)
    gates_renew(c, slot)
    gates_of(c, slot)  # those of queues that borrow from this one, too
    dirty_queue(c, slot)
    return 0


cdef int define_queue(
    Center *c, const Command *command, const char *name, const Item *items, Answer *answer
) except -1 nogil:
    cdef Draft draft
    cdef int32_t slot = replaced(c, command, name, KIND_QUEUE, answer)
    cdef bint is_new = slot == -1
    if slot == -2 or not plan_is_within(c, command, items, answer):
        return 0
    if not read_queue(c, command, items, &draft, answer) or not fits_together(command, items, &draft, answer):
        return 0
    if is_new and not is_within(c, c.n_queues + 1, MAX_QUEUES, answer):
        return 0
    if not hold_requirements(c, command, items, &draft, answer):
        return 0
    kind_use(c, <int32_t> draft.fields[CHANNEL], draft.fields[STRATEGY])
    if is_new:
        slot = c.n_queues
        add_queue(c, command, name)
    replace_plan(c, slot, command, items, &draft)
    c.claims_dirty = 1
    defined(c, KIND_QUEUE, slot, is_new, answer)
    if not is_new:
        replan_all(c, slot, -1, False, True)
    return 0
