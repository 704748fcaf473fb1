# cython: cdivision=True
"""A center from the bytes of its whole state; the layout is that of snapshot_layout.pyx.

Nothing is believed: every slot is held to its range as it is read, so that no bytes lead outside an array. What
follows from the state is built by the same functions that keep it up to date otherwise. In the end the state hash,
of everything there is, must be the one that was saved.
"""

from cpython.bytes cimport PyBytes_AS_STRING
from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memset

from hashlib import blake2b

from . import codes, snapshot_write, snapshots

from .available cimport kind_use
from .claims cimport find_claimants
from .define cimport CHANNEL_RULES, QUEUE_RULES, SETTING_RULES, STEP_RULES, TIER_RULES, Rules, agents_reserve, allows
from .define cimport count_skills, find_coarse
from .define_queue cimport step_has_gate
from .digest cimport channel_hash, digest_word, state_hash, tier_hash
from .gates cimport gates_relate
from .law cimport *
from .model cimport *
from .names cimport names_find, names_put, names_reserve
from .occupancy cimport half_life_of
from .plans cimport queue_flags
from .require cimport group_at_hand, group_join, group_keyed, group_signed_in, requirement_hold, requirement_keyed
from .snapshot_io cimport Armed, Io, io_i32, io_left, io_name, io_take, io_u32, io_u64
from .snapshot_layout cimport (
    DIGEST_BYTES, FORMAT_VERSION, HEADER_BYTES, agent_fields, cell_fields, center_fields, channel_fields,
    override_fields, pool_fields, queue_fields, step_fields, tier_fields,
)
from .snapshot_work cimport read_work
from .store cimport cell_new, center_begun, center_free, dirty_agent, dirty_group, dirty_queue, list_reserve, reserve
from .store cimport reserve_array, slot_take
from .timers cimport timers_file, timers_reserve

cdef int32_t MOST_SKILLS = codes.SETTING_RULES[codes.Setting.MAX_SKILLS_PER_REQUIREMENT].greatest  # of a requirement

cdef enum:
    LEAST_ENTITY_BYTES = 1          # no entity takes less
    MOST_OFFERS = 100


# ---------------------------------------------------------------------- what is read is held to what may be

cdef int sound(bint good, str what) except -1:
    """Raise ValueError unless what was read may be so."""
    if not good:
        raise ValueError(f"snapshot: {what}; allowed: what a router has written")
    return 0


cdef int in_range(int64_t value, int64_t least, int64_t end, str what) except -1:
    """Raise ValueError unless least <= value < end."""
    if not least <= value < end:
        raise ValueError(f"snapshot: {what}: {value} is none; allowed: {least} to {end - 1}")
    return 0


cdef int32_t read_count(Io *io, int64_t least_bytes, str what) except -1:
    """Read how many of something follow, each of which takes so many bytes at least."""
    cdef int32_t n = 0
    io_i32(io, &n)
    sound(not io.failed, f"it ends before the number of {what}")
    in_range(n, 0, io_left(io) // least_bytes + 1, f"number of {what}")
    return n


cdef int new_name(Center *c, int32_t kind, const Name *name, int64_t value, str what) except -1:
    """Have a name lead to what has it."""
    if not 1 <= name.length <= MAX_NAME_BYTES:
        sound(False, f"the name of {what} has {name.length} bytes")
    names_reserve(&c.names, 1)
    if names_find(&c.names, kind, name.text, name.length, name.hash) != NULL:
        sound(False, f"{what} has the name of another")
    names_put(&c.names, kind, name.text, name.length, name.hash, value)
    return 0


cdef int take_timer(Center *c, const Armed *armed, int32_t kind, int32_t owner, int32_t *timer) except -1:
    """Take a timer as it was armed, if it was; it is filed in the end."""
    cdef Timer *one
    timer[0] = -1
    if armed.deadline_ns == NONE:
        return sound(armed.arming_seq == 0, "a timer that is not armed was armed")
    in_range(armed.deadline_ns, 0, (<int64_t> 1 << 62) + (<int64_t> 1 << 61), "deadline of a timer")
    in_range(armed.arming_seq, 1, c.armings + 1, "order of arming of a timer")
    if c.timer_slots.used == c.timer_slots.capacity:
        timers_reserve(c, 0)
    timer[0] = slot_take(&c.timer_slots)
    one = &c.timers[timer[0]]
    memset(one, 0, sizeof(Timer))
    one.deadline_ns, one.arming_seq, one.kind, one.owner = armed.deadline_ns, armed.arming_seq, kind, owner
    return 0


cdef int check_fields(const Rules *rules, const int64_t *fields, str what) except -1:
    """Hold the fields of a definition to their rules."""
    cdef int field
    for field in range(1, rules.n):
        if not allows(rules, field, fields[field]):
            sound(False, f"field {field} of {what}: {fields[field]} may not be")
    return 0


# ---------------------------------------------------------------------- words, channels, tiers

cdef int read_center(Io *io, Center *c) except -1:
    cdef int32_t i
    center_fields(io, c)
    sound(not io.failed, "it ends within the center's numbers")
    in_range(c.now_ns, 0, <int64_t> 1 << 62, "now_ns")
    for value in (c.ends, c.event_seq, c.interactions_seen, c.offers_seen, c.assignments_seen, c.sign_ins, c.armings):
        in_range(value, 0, <int64_t> 1 << 62, "a sequence number")
    in_range(c.pool.at_ns, 0, c.now_ns + 1, "time of the sum of occupancies")
    in_range(c.n_wait_edges, 0, MAX_WAIT_EDGES + 1, "number of the wait histograms' edges")
    for i in range(1, c.n_wait_edges):
        sound(c.wait_edges[i - 1] < c.wait_edges[i], "the wait histograms' edges are out of order")
    check_fields(&SETTING_RULES, c.settings, "the settings")
    c.at_ns = c.now_ns
    c.half_life = half_life_of(c.settings[HALF_LIFE_NS])
    return 0


cdef int read_words(Io *io, Center *c) except -1:
    cdef int32_t n = read_count(io, LEAST_ENTITY_BYTES, "skills"), i
    reserve_array(<void **> &c.skills, &c.skills_capacity, n + 1, sizeof(Skill))
    for i in range(n):
        io_name(io, &c.skills[i].name)
        c.n_skills += 1
        new_name(c, KIND_SKILL, &c.skills[i].name, i, "a skill")
        digest_word(c, KIND_SKILL, &c.skills[i].name)
    n = read_count(io, LEAST_ENTITY_BYTES, "reasons")
    in_range(n, REASON_LEASE_LAPSED + 1, 1 << 30, "number of reasons")
    reserve_array(<void **> &c.reasons, &c.reasons_capacity, n + 1, sizeof(Name))
    for i in range(n):
        io_name(io, &c.reasons[i])
        c.n_reasons += 1
        new_name(c, KIND_REASON, &c.reasons[i], i, "a reason")
        digest_word(c, KIND_REASON, &c.reasons[i])
    return 0


cdef int read_channels(Io *io, Center *c) except -1:
    cdef int32_t n = read_count(io, LEAST_ENTITY_BYTES, "channels"), i
    in_range(n, 1, N_CHANNELS + 1, "number of channels")
    for i in range(n):
        channel_fields(io, &c.channels[i])
        c.n_channels += 1
        new_name(c, KIND_CHANNEL, &c.channels[i].name, i, "a channel")
        check_fields(&CHANNEL_RULES, c.channels[i].fields, "a channel")
        in_range(c.channels[i].interrupts, 0, <int64_t> 1 << n, "what a channel may interrupt")
    for i in range(n):
        c.hash_sum += channel_hash(c, i)
    find_coarse(c)
    return 0


cdef int read_tiers(Io *io, Center *c) except -1:
    cdef int32_t n = read_count(io, LEAST_ENTITY_BYTES, "tiers"), i
    reserve_array(<void **> &c.tiers, &c.tiers_capacity, n + 1, sizeof(Tier))
    for i in range(n):
        tier_fields(io, &c.tiers[i])
        c.n_tiers += 1
        new_name(c, KIND_TIER, &c.tiers[i].name, i, "a tier")
        check_fields(&TIER_RULES, c.tiers[i].fields, "a tier")
        c.hash_sum += tier_hash(c, i)
    return 0


# ---------------------------------------------------------------------- requirements and queues

cdef int32_t *read_key(Io *io, int32_t *length, str what) except NULL:
    """Return the words by which something is interned, and their length in bytes; whoever called frees them."""
    cdef int32_t n = read_count(io, sizeof(int32_t), what), i
    cdef int32_t *words = <int32_t *> malloc((<size_t> n + 1) * sizeof(int32_t))
    if words == NULL:
        raise MemoryError
    for i in range(n):
        io_i32(io, &words[i])
    length[0] = n * <int32_t> sizeof(int32_t)
    return words


cdef bint levels_are_sound(Center *c, const int32_t *words, int32_t n) noexcept:
    """Say whether these are n pairs of a skill and a level, sorted, of each skill one."""
    cdef int32_t i
    for i in range(n):
        if not 0 <= words[2 * i] < c.n_skills or not MIN_LEVEL <= words[2 * i + 1] <= MAX_LEVEL:
            return False
        if i and words[2 * i] <= words[2 * i - 2]:
            return False
    return True


cdef bint requirement_is_sound(Center *c, const int32_t *words, int32_t n) noexcept:
    """Say whether the words are a requirement: clauses, excluded and preferred, each a count and its pairs."""
    cdef int32_t at = 1, skills = 0, i
    if n < 3 or not 0 <= words[0] < n:
        return False
    for i in range(words[0] + 2):
        if at >= n or not 0 <= words[at] <= (n - at - 1) // 2:
            return False
        if not levels_are_sound(c, &words[at + 1], words[at]) or (i < words[0] and words[at] == 0):
            return False
        skills += words[at]
        at += 1 + 2 * words[at]
    return at == n and skills <= MOST_SKILLS


cdef int read_requirements(Io *io, Center *c) except -1:
    """Their slots are their numbers: each one is new."""
    cdef int32_t n = read_count(io, 3 * sizeof(int32_t), "requirements"), i, length = 0
    cdef int32_t *words
    for i in range(n):
        words = read_key(io, &length, "words of a requirement")
        if not requirement_is_sound(c, words, length // <int32_t> sizeof(int32_t)):
            free(words)
            sound(False, "a requirement is none")
        sound(requirement_keyed(c, words, length) == i, "two requirements are one")
    return 0


cdef int read_queues(Io *io, Center *c) except -1:
    cdef int32_t n = read_count(io, LEAST_ENTITY_BYTES, "queues"), i
    reserve_array(<void **> &c.queues, &c.queues_capacity, n + 1, sizeof(Queue))
    list_reserve(&c.dirty_queues, c.queues_capacity)
    for i in range(n):
        c.n_queues += 1
        c.queues[i].first_addressed = -1
        queue_fields(io, &c.queues[i])
        new_name(c, KIND_QUEUE, &c.queues[i].name, i, "a queue")
        check_fields(&QUEUE_RULES, c.queues[i].fields, "a queue")
        in_range(c.queues[i].is_open, 0, 2, "whether a queue is open")
        in_range(c.queues[i].fields[CHANNEL], 0, c.n_channels, "channel of a queue")
        read_overrides(io, c, &c.queues[i])
        read_plan(io, c, i, n)
        for field, policy in ((MAX_WAIT_TO, ON_MAX_WAIT), (FULL_TO, ON_FULL), (UNSTAFFED_TO, ON_UNSTAFFED),
                              (CLOSED_TO, ON_CLOSED), (HELD_TO, ON_HELD)):
            moves = c.queues[i].fields[<int> policy] == OVERFLOW_MOVE
            in_range(c.queues[i].fields[<int> field], 0 if moves else NONE, n, "queue that a queue leads on to")
    for i in range(n):
        kind_use(c, <int32_t> c.queues[i].fields[CHANNEL], c.queues[i].fields[STRATEGY])
    for i in range(n):
        queue_flags(c, i)
        dirty_queue(c, i)
    gates_relate(c)
    return 0


cdef int read_overrides(Io *io, Center *c, Queue *queue) except -1:
    cdef int32_t n = read_count(io, 20, "promises to tiers"), i, before = -1
    queue.overrides = <Override *> malloc((<size_t> n + 1) * sizeof(Override))
    if queue.overrides == NULL:
        raise MemoryError
    for i in range(n):
        override_fields(io, &queue.overrides[i])
        in_range(queue.overrides[i].tier, before + 1, c.n_tiers, "tier that a queue promises something")
        factor_ppm, head_start_ns = queue.overrides[i].target_factor_ppm, queue.overrides[i].head_start_ns
        good = factor_ppm == NONE or allows(&TIER_RULES, TARGET_FACTOR_PPM, factor_ppm)
        good = good and (head_start_ns == NONE or allows(&TIER_RULES, HEAD_START_NS, head_start_ns))
        sound(good, "what a queue promises to a tier")
        before = queue.overrides[i].tier
    queue.n_overrides = n
    return 0


cdef int read_plan(Io *io, Center *c, int32_t queue, int32_t n_queues) except -1:
    cdef Queue *q = &c.queues[queue]
    cdef int32_t n = read_count(io, LEAST_ENTITY_BYTES, "steps"), i, requirement
    cdef int64_t before_ns = 0
    cdef Armed gate
    cdef Step *one
    in_range(n, 1, 33, "number of steps")
    q.plan = <Step *> malloc(<size_t> n * sizeof(Step))
    if q.plan == NULL:
        raise MemoryError
    memset(q.plan, 0, <size_t> n * sizeof(Step))
    for i in range(n):
        one, requirement = &q.plan[i], -1
        step_fields(io, one, &requirement, &gate)
        sound(not io.failed, "it ends within a plan")
        check_fields(&STEP_RULES, one.fields, "a step")
        in_range(requirement, 0, c.requirement_slots.used, "requirement of a step")
        in_range(one.after_ns, before_ns, (<int64_t> 1 << 62), "time of a step")
        in_range(one.fields[STEP_MOVE_TO], NONE, n_queues, "queue that a step moves to")
        in_range(one.fields[STEP_LENDER], NONE, n_queues, "queue that a step borrows from")
        in_range(one.is_open, 0, 2, "whether a gate is open")
        before_ns, one.requirement = one.after_ns, requirement
        requirement_hold(c, requirement)
        q.n_steps += 1
        one.has_gate = step_has_gate(one)
        q.n_gates += one.has_gate
        lends = one.fields[STEP_LENDER_WAITING], one.fields[STEP_LENDER_WAIT_NS], one.fields[STEP_LENDER_FREE]
        sound(lends == (NONE, NONE, NONE) or one.fields[STEP_LENDER] != NONE, "a step borrows from nobody")
        first = i == 0 and (one.fields[STEP_MOVE_TO] != NONE or one.fields[STEP_KEEPS] or one.has_gate or one.after_ns)
        sound(not first and (one.is_open or one.has_gate), "a step that is shut for ever")
        take_timer(c, &gate, TIMER_GATE, queue * 64 + i, &one.gate_timer)
        sound(one.gate_timer < 0 or one.has_gate, "a timer for a gate that is not there")
    return 0


# ---------------------------------------------------------------------- agents

cdef int read_groups(Io *io, Center *c) except -1:
    """Their slots are their numbers, too."""
    cdef int32_t n = read_count(io, 5 * sizeof(int32_t), "groups"), i, length = 0, words
    cdef int32_t *key
    for i in range(n):
        key = read_key(io, &length, "words of a group")
        words = length // <int32_t> sizeof(int32_t)
        if words % 2 == 0 or not 0 <= key[0] < 1 << c.n_channels or not levels_are_sound(c, &key[1], words // 2):
            free(key)
            sound(False, "a group is none")
        sound(group_keyed(c, key, length) == i, "two groups are one")
        pool_fields(io, &c.groups[i].pool)
        in_range(c.groups[i].pool.at_ns, 0, c.now_ns + 1, "time of a sum of occupancies")
    return 0


cdef int read_agents(Io *io, Center *c) except -1:
    cdef int32_t n = read_count(io, LEAST_ENTITY_BYTES, "agents"), i, group
    cdef Armed lease, grace
    cdef Agent *a
    for i in range(n):
        agents_reserve(c)
        a = &c.agents[i]
        memset(a, 0, sizeof(Agent))
        a.first_offer = a.last_offer = a.first_assignment = a.last_assignment = -1
        a.lease_timer = a.grace_timer = a.claim = -1
        c.n_agents += 1
        group = -1
        agent_fields(io, a, &group, &lease, &grace)
        sound(not io.failed, "it ends within an agent")
        in_range(group, 0, c.group_slots.used, "group of an agent")
        check_agent(c, a, group)
        new_name(c, KIND_AGENT, &a.name, i, "an agent")
        group_join(c, group)
        a.group = group
        count_skills(c, group, 1)
        if a.presence != OFFLINE:
            group_signed_in(c, group, 1)
        if a.presence == AVAILABLE:
            group_at_hand(c, group, 1)
        take_timer(c, &lease, TIMER_LEASE, i, &a.lease_timer)
        take_timer(c, &grace, TIMER_GRACE, i, &a.grace_timer)
        dirty_agent(c, i)
    for i in range(c.group_slots.used):
        sound(c.groups[i].members > 0, "a group without members")
        dirty_group(c, i)
    return 0


cdef int check_agent(Center *c, const Agent *a, int32_t group) except -1:
    cdef int32_t channel
    in_range(a.presence, OFFLINE, DRAINING + 1, "presence of an agent")
    in_range(a.next_presence, OFFLINE, DRAINING + 1, "presence to come of an agent")
    in_range(a.reason, 0, c.n_reasons, "reason of an agent")
    in_range(a.max_open_offers, 1, MOST_OFFERS + 1, "most open offers of an agent")
    in_range(a.occupancy, 0, (<int64_t> 1 << 40) + 1, "occupancy of an agent")
    in_range(a.occupancy_ns, 0, c.now_ns + 1, "time of an occupancy")
    in_range(a.has_record, 0, 2, "whether an agent has a record")
    for channel in range(N_CHANNELS):
        lacks = (c.groups[group].lacks >> channel) & 1
        sound((a.limits[channel] == 0) == lacks, "an agent of a group lacks other channels")
        sound(a.limits[channel] <= UNITS or a.limits[channel] == NO_LIMIT, "a limit of an agent")
    return 0


# ---------------------------------------------------------------------- the whole

cdef int read_cells(Io *io, Center *c) except -1:
    cdef int32_t n = read_count(io, 8, "cells"), i, queue = -1, tier = -1
    for i in range(n):
        io_i32(io, &queue)
        io_i32(io, &tier)
        in_range(queue, 0, c.n_queues, "queue of a cell")
        in_range(tier, 0, c.n_tiers, "tier of a cell")
        sound(cell_new(c, queue, tier) == i, "two cells are one")
        cell_fields(io, &c.cells[i], c.n_wait_edges)
    return 0


cdef int read_body(Io *io, Center *c) except -1:
    cdef int32_t i
    read_center(io, c)
    read_words(io, c)
    read_channels(io, c)
    read_tiers(io, c)
    read_requirements(io, c)
    read_queues(io, c)
    read_groups(io, c)
    read_agents(io, c)
    read_cells(io, c)
    read_work(io, c)
    sound(not io.failed and io_left(io) == 0, "it ends too early, or goes on")
    for i in range(c.requirement_slots.used):
        sound(c.requirements[i].references > 0, "a requirement that nobody asks for")
    sound(timers_file(c), "two timers were armed at once")
    find_claimants(c)
    for i in range(c.n_queues):
        c.queues[i].gates_dirty = 0
    c.gates_dirty = c.staff_changed = c.staff_left = c.at_hand_changed = 0
    c.steps_left = 0
    reserve(c)
    return 0


cdef uint64_t opened(bytes data, Io *io) except? 0:
    """Check a snapshot's header and digest; have its body read next, and return the state hash that it states."""
    cdef uint32_t version = 0, zero = 0
    cdef uint64_t length = 0, hash_ = 0
    cdef bytes magic = snapshot_write.MAGIC
    memset(io, 0, sizeof(Io))
    io.begin = io.at = <unsigned char *> PyBytes_AS_STRING(data)
    io.end = io.begin + len(data)
    if data[:8] != magic:
        raise ValueError(f"snapshot: it begins with {data[:8]!r}; allowed: {magic!r}, as whatever a router has written")
    io_take(io, 8)
    io_u32(io, &version)
    io_u32(io, &zero)
    io_u64(io, &length)
    io_u64(io, &hash_)
    if not io.failed and version != FORMAT_VERSION:
        if version > FORMAT_VERSION:
            raise snapshots.NewerSnapshotError(
                f"snapshot: format {version} is newer than this build reads; allowed: {FORMAT_VERSION}"
            )
        raise ValueError(
            f"snapshot: format {version} is none of those that this build reads; allowed: {FORMAT_VERSION}"
        )
    if io.failed or length != <uint64_t> len(data) or length < HEADER_BYTES + DIGEST_BYTES:
        raise ValueError(f"snapshot: {len(data)} bytes; allowed: {length}, as it says: it is cut off, or damaged")
    body = memoryview(data)[:len(data) - DIGEST_BYTES]
    if blake2b(body, digest_size=DIGEST_BYTES).digest() != data[len(data) - DIGEST_BYTES:] or zero != 0:
        raise ValueError("snapshot: its digest is not that of its bytes: it is damaged")
    io.end -= DIGEST_BYTES
    return hash_


cdef Center *center_of(bytes data) except NULL:
    """Return the center that was saved; raise ValueError, saying what is wrong, for other bytes than a router's."""
    cdef Io io
    cdef uint64_t saved = opened(data, &io), found
    cdef Center *c = center_begun()
    try:
        read_body(&io, c)
        found = state_hash(c)
        if found != saved:
            raise ValueError(f"snapshot: what it holds has the state hash {found:#x}; allowed: {saved:#x}, as it says")
    except BaseException:
        center_free(c)
        raise
    return c
