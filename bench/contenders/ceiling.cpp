// The ceiling: the reference job in C++ and nothing else. No law, no events, no time, no checks, no errors;
// what is missing from it, a router needs. Compiled where it is run, for the machine it runs on.
//
// Three structures hold the agents who are idle; the lines of those who wait are the same in all three:
//
//   Hybrid   all idle agents' skills in one array, in the order in which they became idle. A common requirement
//            walks it, eight agents a step; a scarce one looks up where its own few candidates stand in it.
//   Bitset   a bit for every agent, for every requirement; those who are idle are ANDed with it, and of the bits
//            that remain the one who has been idle longest is found.
//   Groups   the same with a bit for every set of equal skills, each of which has a list of those who are idle.

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <vector>

#ifdef __AVX2__
#include <immintrin.h>
#endif

namespace {

constexpr int kTiers = 3;
constexpr int kWords = 4;  // of a set of requirements: at most 256 different ones
constexpr int32_t kNone = -1;
constexpr uint32_t kBusy = std::numeric_limits<uint32_t>::max();  // later than every place in the order

struct Event {  // as in bench/reference_job.py
    uint8_t kind;
    uint8_t tier;
    uint16_t requirement;
    int32_t interaction;
};
static_assert(sizeof(Event) == 8, "one event is 8 bytes");

enum Kind : uint8_t { kArrive = 0, kComplete = 1, kAbandon = 2 };

// Who is there, and what is asked for; equal skill sets have one number (group), equal requirements, too (want).
struct Center {
    std::vector<uint64_t> skills;          // of each agent, a bit for every skill
    std::vector<int32_t> group;            // of each agent
    std::vector<uint64_t> group_skills;
    std::vector<uint64_t> needs;           // of each want
    std::vector<uint16_t> want;            // of each requirement
    std::vector<uint64_t> serves;          // kWords for every group: the wants that it meets

    Center(const uint64_t *agent_skills, int agents, const uint64_t *requirement_skills, int requirements)
        : skills(agent_skills, agent_skills + agents) {
        std::map<uint64_t, int> groups, wants;
        for (uint64_t mine : skills) {
            auto [found, is_new] = groups.try_emplace(mine, static_cast<int>(groups.size()));
            if (is_new) group_skills.push_back(mine);
            group.push_back(found->second);
        }
        for (int r = 0; r < requirements; ++r) {
            auto [found, is_new] = wants.try_emplace(requirement_skills[r], static_cast<int>(wants.size()));
            if (is_new) needs.push_back(requirement_skills[r]);
            want.push_back(static_cast<uint16_t>(found->second));
        }
        serves.assign(group_skills.size() * kWords, 0);
        for (size_t g = 0; g < group_skills.size(); ++g)
            for (size_t w = 0; w < needs.size(); ++w)
                if ((group_skills[g] & needs[w]) == needs[w]) serves[g * kWords + w / 64] |= uint64_t{1} << (w % 64);
    }

    bool meets(uint64_t mine, int w) const { return (mine & needs[w]) == needs[w]; }
};

// Those who wait: a doubly linked list for every want and tier.
class Lines {
    struct Interaction {
        int32_t next, before;
        int32_t agent;
        int16_t want, tier;
    };
    struct Ends {
        int32_t first[4], last[4];  // by tier; the fourth is padding
    };
    std::vector<Interaction> interactions_;
    std::vector<Ends> ends_;
    uint64_t waiting_[kTiers][kWords] = {};  // the wants that somebody waits for

public:
    Lines(int wants, int64_t interactions) : interactions_(interactions), ends_(wants) {
        for (Ends &ends : ends_) std::fill_n(&ends.first[0], 8, kNone);
    }

    int32_t agent_of(int32_t interaction) const { return interactions_[interaction].agent; }
    void give(int32_t interaction, int32_t agent) { interactions_[interaction].agent = agent; }

    bool nobody_waits(int want) const {
        const int32_t *first = ends_[want].first;
        return (first[0] & first[1] & first[2]) == kNone;
    }

    void append(int32_t interaction, int want, int tier) {
        Ends &ends = ends_[want];
        const int32_t before = ends.last[tier];
        interactions_[interaction] = {kNone, before, kNone, static_cast<int16_t>(want), static_cast<int16_t>(tier)};
        ends.last[tier] = interaction;
        if (before == kNone) {
            ends.first[tier] = interaction;
            waiting_[tier][want / 64] |= uint64_t{1} << (want % 64);
        } else {
            interactions_[before].next = interaction;
        }
    }

    void remove(int32_t interaction) {
        const Interaction &gone = interactions_[interaction];
        Ends &ends = ends_[gone.want];
        if (gone.before == kNone) ends.first[gone.tier] = gone.next;
        else interactions_[gone.before].next = gone.next;
        if (gone.next == kNone) ends.last[gone.tier] = gone.before;
        else interactions_[gone.next].before = gone.before;
        if (ends.first[gone.tier] == kNone) waiting_[gone.tier][gone.want / 64] &= ~(uint64_t{1} << (gone.want % 64));
    }

    // The first, of the highest tier, of all whose want is in a set: ids are in the order of arrival.
    int32_t first_of(const uint64_t *serves) const {
        for (int tier = kTiers - 1; tier >= 0; --tier) {
            int32_t best = std::numeric_limits<int32_t>::max();
            for (int word = 0; word < kWords; ++word)
                for (uint64_t bits = serves[word] & waiting_[tier][word]; bits; bits &= bits - 1)
                    best = std::min(best, ends_[word * 64 + __builtin_ctzll(bits)].first[tier]);
            if (best != std::numeric_limits<int32_t>::max()) return best;
        }
        return kNone;
    }
};

class Hybrid {
    static constexpr uint32_t kStep = 8;
    const Center &center_;
    std::vector<uint64_t> skills_;          // by place in the order; 0 where somebody has left, which meets nothing
    std::vector<int32_t> agents_;           // by place
    std::vector<uint32_t> place_;           // of each agent, kBusy when at work
    uint32_t begin_ = 0, end_ = 0, idle_ = 0;
    std::vector<int32_t> candidates_;       // of all wants, one after the other
    std::vector<uint32_t> candidates_begin_;
    std::vector<uint32_t> walk_;            // for each want, steps of a walk that cost as much as its candidates

public:
    explicit Hybrid(const Center &center)
        : center_(center), skills_(2 * center.skills.size() + 128), agents_(skills_.size()),
          place_(center.skills.size(), kBusy) {
        const uint64_t agents = center.skills.size();
        for (size_t w = 0; w < center.needs.size(); ++w) {
            candidates_begin_.push_back(candidates_.size());
            for (uint64_t agent = 0; agent < agents; ++agent)
                if (center.meets(center.skills[agent], w)) candidates_.push_back(agent);
            const uint64_t few = candidates_.size() - candidates_begin_[w];
            // Idle agents are those whose skills are less wanted: a walk is about three times as long as by chance.
            // Four places of a walk cost as much as one candidate.
            walk_.push_back(4 * few * few < 3 * agents ? 4 * few : kBusy);
        }
        candidates_begin_.push_back(candidates_.size());
    }

    void rest(int32_t agent) {
        if (end_ - begin_ > idle_ + idle_ / 2 + 32 || end_ + kStep >= skills_.size()) close_ranks();
        skills_[end_] = center_.skills[agent];
        agents_[end_] = agent;
        place_[agent] = end_++;
        ++idle_;
    }

    int32_t take(int want) {
        const uint32_t place = end_ - begin_ <= walk_[want] ? by_walk(center_.needs[want]) : by_candidates(want);
        if (place == kBusy) return kNone;
        const int32_t agent = agents_[place];
        skills_[place] = 0;
        place_[agent] = kBusy;
        --idle_;
        while (begin_ < end_ && skills_[begin_] == 0) ++begin_;
        return agent;
    }

private:
    uint32_t by_candidates(int want) const {
        uint32_t best = kBusy;
        for (uint32_t i = candidates_begin_[want]; i < candidates_begin_[want + 1]; ++i)
            best = std::min(best, place_[candidates_[i]]);
        return best;
    }

    uint32_t by_walk(uint64_t need) const {  // what is behind the end is 0, so that it may be looked at
        uint32_t place = begin_;
#if defined(__AVX512F__)
        const __m512i wanted = _mm512_set1_epi64(need);
        for (; place < end_; place += kStep) {
            const __m512i had = _mm512_loadu_si512(&skills_[place]);
            const __mmask8 hit = _mm512_cmpeq_epi64_mask(_mm512_and_si512(had, wanted), wanted);
            if (hit) return place + __builtin_ctz(hit);
        }
#elif defined(__AVX2__)
        const __m256i wanted = _mm256_set1_epi64x(need);
        for (; place < end_; place += kStep) {
            const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(&skills_[place]));
            const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(&skills_[place + 4]));
            const int low_hit = _mm256_movemask_pd(_mm256_castsi256_pd(_mm256_cmpeq_epi64(_mm256_and_si256(low, wanted), wanted)));
            const int high_hit = _mm256_movemask_pd(_mm256_castsi256_pd(_mm256_cmpeq_epi64(_mm256_and_si256(high, wanted), wanted)));
            if (low_hit | high_hit) return place + __builtin_ctz(low_hit | high_hit << 4);
        }
#else
        for (; place < end_; ++place)
            if ((skills_[place] & need) == need) return place;
#endif
        return kBusy;
    }

    void close_ranks() {
        uint32_t to = 0;
        for (uint32_t from = begin_; from < end_; ++from)
            if (skills_[from]) {
                skills_[to] = skills_[from];
                agents_[to] = agents_[from];
                place_[agents_[to]] = to;
                ++to;
            }
        std::fill(skills_.begin() + to, skills_.begin() + std::max(end_, to), 0);
        begin_ = 0;
        end_ = to;
    }
};

// A bit for every unit: one agent, or one group of equals.
class Eligible {
    size_t words_;
    std::vector<uint64_t> of_want_;  // words_ for every want
    std::vector<uint64_t> idle_;

public:
    Eligible(const Center &center, const std::vector<uint64_t> &units)
        : words_((units.size() + 63) / 64), of_want_(words_ * center.needs.size()), idle_(words_) {
        for (size_t w = 0; w < center.needs.size(); ++w)
            for (size_t unit = 0; unit < units.size(); ++unit)
                if (center.meets(units[unit], w)) of_want_[w * words_ + unit / 64] |= uint64_t{1} << (unit % 64);
    }

    void set(int32_t unit) { idle_[unit / 64] |= uint64_t{1} << (unit % 64); }
    void clear(int32_t unit) { idle_[unit / 64] &= ~(uint64_t{1} << (unit % 64)); }

    // The unit whose moment is the earliest among those that are idle and meet a want.
    int32_t earliest(int want, const std::vector<uint64_t> &moments) const {
        int32_t best = kNone;
        uint64_t moment = std::numeric_limits<uint64_t>::max();
        const uint64_t *eligible = &of_want_[want * words_];
        for (size_t word = 0; word < words_; ++word)
            for (uint64_t bits = eligible[word] & idle_[word]; bits; bits &= bits - 1) {
                const int32_t unit = word * 64 + __builtin_ctzll(bits);
                if (moments[unit] < moment) moment = moments[unit], best = unit;
            }
        return best;
    }
};

class Bitset {
    Eligible eligible_;
    std::vector<uint64_t> moments_;
    uint64_t clock_ = 0;

public:
    explicit Bitset(const Center &center) : eligible_(center, center.skills), moments_(center.skills.size()) {}

    void rest(int32_t agent) {
        moments_[agent] = ++clock_;
        eligible_.set(agent);
    }

    int32_t take(int want) {
        const int32_t agent = eligible_.earliest(want, moments_);
        if (agent != kNone) eligible_.clear(agent);
        return agent;
    }
};

class Groups {
    const Center &center_;
    Eligible eligible_;
    std::vector<uint64_t> head_;            // of each group: when its longest idle agent became so
    std::vector<int32_t> first_, last_;     // of each group
    std::vector<int32_t> next_;             // of each agent
    std::vector<uint64_t> moments_;         // of each agent
    uint64_t clock_ = 0;

public:
    explicit Groups(const Center &center)
        : center_(center), eligible_(center, center.group_skills), head_(center.group_skills.size()),
          first_(head_.size(), kNone), last_(head_.size(), kNone), next_(center.skills.size(), kNone),
          moments_(center.skills.size()) {}

    void rest(int32_t agent) {
        const int32_t group = center_.group[agent];
        moments_[agent] = ++clock_;
        next_[agent] = kNone;
        if (first_[group] == kNone) {
            first_[group] = agent;
            head_[group] = clock_;
            eligible_.set(group);
        } else {
            next_[last_[group]] = agent;
        }
        last_[group] = agent;
    }

    int32_t take(int want) {
        const int32_t group = eligible_.earliest(want, head_);
        if (group == kNone) return kNone;
        const int32_t agent = first_[group];
        first_[group] = next_[agent];
        if (first_[group] == kNone) eligible_.clear(group);
        else head_[group] = moments_[first_[group]];
        return agent;
    }
};

class Floor {
public:
    virtual ~Floor() = default;
    virtual void rest(int32_t agent) = 0;
    virtual void give(int32_t interaction, int32_t agent) = 0;
    virtual void wait(int32_t interaction, int tier, int requirement) = 0;
    virtual void run(const Event *events, int64_t count, int32_t *results) = 0;
};

template <class Idle>
class FloorOf final : public Floor {
    Center center_;
    Lines lines_;
    Idle idle_;

public:
    FloorOf(Center center, int64_t interactions)
        : center_(std::move(center)), lines_(static_cast<int>(center_.needs.size()), interactions), idle_(center_) {}

    void rest(int32_t agent) override { idle_.rest(agent); }
    void give(int32_t interaction, int32_t agent) override { lines_.give(interaction, agent); }
    void wait(int32_t interaction, int tier, int requirement) override {
        lines_.append(interaction, center_.want[requirement], tier);
    }

    int32_t arrive(const Event &event) {
        const int want = center_.want[event.requirement];
        if (lines_.nobody_waits(want)) {  // whoever waits for the same shows that nobody idle meets it
            const int32_t agent = idle_.take(want);
            if (agent != kNone) {
                lines_.give(event.interaction, agent);
                return agent;
            }
        }
        lines_.append(event.interaction, want, event.tier);
        return kNone;
    }

    int32_t complete(const Event &event) {
        const int32_t agent = lines_.agent_of(event.interaction);
        const int32_t taken = lines_.first_of(&center_.serves[center_.group[agent] * kWords]);
        if (taken == kNone) {
            idle_.rest(agent);
        } else {
            lines_.remove(taken);
            lines_.give(taken, agent);
        }
        return taken;
    }

    void run(const Event *events, int64_t count, int32_t *results) override {
        for (int64_t i = 0; i < count; ++i) {
            const Event &event = events[i];
            int32_t result = kNone;
            if (event.kind == kArrive) result = arrive(event);
            else if (event.kind == kComplete) result = complete(event);
            else lines_.remove(event.interaction);
            results[i] = result;
        }
    }
};

}  // namespace

extern "C" {

// structure: 0 Hybrid, 1 Bitset, 2 Groups. interactions: one more than the largest id. NULL when there are too many wants.
Floor *ceiling_new(int structure, const uint64_t *agents, int n_agents, const uint64_t *requirements,
                   int n_requirements, int64_t interactions) {
    Center center(agents, n_agents, requirements, n_requirements);
    if (center.needs.size() > 64 * kWords) return nullptr;
    if (structure == 0) return new FloorOf<Hybrid>(std::move(center), interactions);
    if (structure == 1) return new FloorOf<Bitset>(std::move(center), interactions);
    return new FloorOf<Groups>(std::move(center), interactions);
}

void ceiling_rest(Floor *floor, int32_t agent) { floor->rest(agent); }
void ceiling_give(Floor *floor, int32_t interaction, int32_t agent) { floor->give(interaction, agent); }
void ceiling_wait(Floor *floor, int32_t interaction, int tier, int requirement) {
    floor->wait(interaction, tier, requirement);
}
void ceiling_run(Floor *floor, const Event *events, int64_t count, int32_t *results) {
    floor->run(events, count, results);
}
void ceiling_free(Floor *floor) { delete floor; }
}
