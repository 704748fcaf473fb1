// A call center in C++ and nothing else: bench/simulators/models.py says what is simulated. Each of the three models
// gets a program of its own, with the numbers of classes and groups known to the compiler. Compiled where it is run.
//
// Two programs, written twice as differently as they can be and still simulate customers, agents and a clock:
//
//   Plain    what one writes in an afternoon with the standard library: every arrival, end of service and end of
//            patience is an event in one std::priority_queue; std::mt19937_64, std::exponential_distribution, std::deque.
//   Tuned    a heap of the ends of services only, four children a node; who gives up is found when an agent gets
//            to them in their line; rings in place of deques; xoshiro256++ and a ziggurat.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <limits>
#include <queue>
#include <random>
#include <vector>

namespace {

constexpr int kBatches = 21;
enum Count { kOffered, kAnswered, kAbandoned, kWaited, kWithin, kCounts };
constexpr double kNever = std::numeric_limits<double>::infinity();

template <int C, int G>
struct Model {
    double rate;        // of all arrivals
    double bound[C];    // the class is the first whose bound is above a uniform number
    double patience[C];
    int rank[C];
    int agents[G];
    double service[C][G];  // 0: not served
    double target, horizon;
    uint64_t serves[G];    // bits of classes

    Model(const double *numbers, double until) : horizon(until) {
        const double *next = numbers;
        double all = 0;
        for (int c = 0; c < C; ++c) all += bound[c] = *next++;
        rate = all;
        for (int c = 0; c < C; ++c) bound[c] = (c ? bound[c - 1] : 0) + bound[c] / all;
        bound[C - 1] = 2;
        for (int c = 0; c < C; ++c) patience[c] = *next++;
        for (int c = 0; c < C; ++c) rank[c] = static_cast<int>(*next++);
        for (int g = 0; g < G; ++g) agents[g] = static_cast<int>(*next++), serves[g] = 0;
        for (int c = 0; c < C; ++c)
            for (int g = 0; g < G; ++g) {
                service[c][g] = *next++;
                if (service[c][g] > 0) serves[g] |= uint64_t{1} << c;
            }
        target = *next;
    }

    int class_of(double uniform) const {
        int c = 0;
        while (C > 1 && uniform >= bound[c]) ++c;
        return c;
    }

    int batch_of(double now) const { return std::min(static_cast<int>(now / horizon * kBatches), kBatches - 1); }
};

// What is counted, in arrays that Python made.
template <int C, int G>
struct Tally {
    int64_t *counts;
    double *wait, *work;

    void add(int batch, int c, Count count) { ++counts[(batch * C + c) * kCounts + count]; }
    void waited(int batch, int c, double seconds) { wait[batch * C + c] += seconds; }
    void worked(int batch, int g, double seconds) { work[batch * G + g] += seconds; }
};

// ---------------------------------------------------------------------- plain

template <int C, int G>
class Plain {
    enum Kind { kArrival, kEnd, kPatience };
    struct Event {
        double at;
        Kind kind;
        int who;           // class or group
        int64_t customer;  // of its line
        bool operator<(const Event &other) const { return at > other.at; }
    };
    struct Customer {
        double arrival;
        int batch;
        bool gone;
    };
    struct Line {
        std::deque<Customer> customers;
        int64_t first = 0;  // the number of the first one, of all who ever stood in the line

        void drop() { customers.pop_front(), ++first; }
        void tidy() {
            while (!customers.empty() && customers.front().gone) drop();
        }
    };
    const Model<C, G> &model_;
    Tally<C, G> tally_;
    std::mt19937_64 random_;
    std::exponential_distribution<double> exponential_;
    std::uniform_real_distribution<double> uniform_;
    std::priority_queue<Event> calendar_;
    Line lines_[C];
    std::deque<double> idle_[G];  // since when

    double draw(double mean) { return mean * exponential_(random_); }

    void serve(double now, int c, int g, int batch, double waited) {
        const double talk = draw(model_.service[c][g]);
        tally_.add(batch, c, kAnswered);
        if (waited <= model_.target) tally_.add(batch, c, kWithin);
        tally_.waited(batch, c, waited);
        tally_.worked(batch, g, talk);
        calendar_.push({now + talk, kEnd, g, 0});
    }

    void arrive(double now) {
        const int c = C > 1 ? model_.class_of(uniform_(random_)) : 0;
        const int batch = model_.batch_of(now);
        tally_.add(batch, c, kOffered);
        int best = -1;
        for (int g = 0; g < G; ++g)
            if (model_.service[c][g] > 0 && !idle_[g].empty() && (best < 0 || idle_[g].front() < idle_[best].front()))
                best = g;
        if (best >= 0) {
            idle_[best].pop_front();
            serve(now, c, best, batch, 0);
        } else {
            Line &line = lines_[c];
            tally_.add(batch, c, kWaited);
            calendar_.push({now + draw(model_.patience[c]), kPatience, c,
                            line.first + static_cast<int64_t>(line.customers.size())});
            line.customers.push_back({now, batch, false});
        }
        const double next = now + draw(1 / model_.rate);
        if (next < model_.horizon) calendar_.push({next, kArrival, 0, 0});
    }

    void free(double now, int g) {
        int best = -1;
        for (int c = 0; c < C; ++c) {
            if (!(model_.service[c][g] > 0) || lines_[c].customers.empty()) continue;
            if (best < 0 || model_.rank[c] < model_.rank[best] ||
                (model_.rank[c] == model_.rank[best] &&
                 lines_[c].customers.front().arrival < lines_[best].customers.front().arrival))
                best = c;
        }
        if (best < 0) {
            idle_[g].push_back(now);
            return;
        }
        const Customer next = lines_[best].customers.front();
        lines_[best].drop();
        lines_[best].tidy();
        serve(now, best, g, next.batch, now - next.arrival);
    }

    void give_up(double now, int c, int64_t number) {
        Line &line = lines_[c];
        if (number < line.first) return;  // was served
        Customer &customer = line.customers[number - line.first];
        customer.gone = true;
        tally_.add(customer.batch, c, kAbandoned);
        tally_.waited(customer.batch, c, now - customer.arrival);
        line.tidy();
    }

public:
    Plain(const Model<C, G> &model, Tally<C, G> tally, uint64_t seed) : model_(model), tally_(tally), random_(seed) {
        for (int g = 0; g < G; ++g) idle_[g].assign(model.agents[g], 0.0);
    }

    void run() {
        calendar_.push({draw(1 / model_.rate), kArrival, 0, 0});
        while (!calendar_.empty()) {
            const Event event = calendar_.top();
            calendar_.pop();
            if (event.kind == kArrival) arrive(event.at);
            else if (event.kind == kEnd) free(event.at, event.who);
            else give_up(event.at, event.who, event.customer);
        }
    }
};

// ---------------------------------------------------------------------- tuned

// xoshiro256++ of Blackman and Vigna, seeded by splitmix64.
class Xoshiro {
    uint64_t s_[4];
    static uint64_t rotated(uint64_t x, int by) { return x << by | x >> (64 - by); }

public:
    explicit Xoshiro(uint64_t seed) {
        for (uint64_t &word : s_) {
            uint64_t z = seed += 0x9e3779b97f4a7c15;
            z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
            z = (z ^ z >> 27) * 0x94d049bb133111eb;
            word = z ^ z >> 31;
        }
    }
    uint64_t operator()() {
        const uint64_t result = rotated(s_[0] + s_[3], 23) + s_[0];
        const uint64_t t = s_[1] << 17;
        s_[2] ^= s_[0], s_[3] ^= s_[1], s_[1] ^= s_[2], s_[0] ^= s_[3], s_[2] ^= t, s_[3] = rotated(s_[3], 45);
        return result;
    }
    double uniform() { return ((*this)() >> 11) * 0x1p-53; }
};

// Exponential numbers by the ziggurat of Marsaglia and Tsang, 256 layers.
class Ziggurat {
    static constexpr double kTail = 7.69711747013104972;      // where the tail begins
    static constexpr double kArea = 3.949659822581572e-3;     // of each layer
    double x_[257], y_[257];

public:
    Ziggurat() {
        x_[0] = kArea / std::exp(-kTail);
        x_[1] = kTail;
        y_[0] = 0, y_[1] = std::exp(-kTail);
        for (int i = 2; i < 256; ++i) {
            y_[i] = y_[i - 1] + kArea / x_[i - 1];
            x_[i] = -std::log(y_[i]);
        }
        x_[256] = 0, y_[256] = 1;
    }
    double operator()(Xoshiro &random) const {
        for (double beyond = 0;; ) {
            const uint64_t bits = random();
            const int i = bits & 255;
            const double x = (bits >> 11) * 0x1p-53 * x_[i];
            if (x < x_[i + 1]) return beyond + x;
            if (i == 0) beyond += kTail;  // the tail is the whole again
            else if (y_[i] + random.uniform() * (y_[i + 1] - y_[i]) < std::exp(-x)) return beyond + x;
        }
    }
};

// The ends of services, the earliest first.
class Ends {
public:
    struct End {
        double at;
        int group;
    };
    explicit Ends(size_t most) : ends_(most + 1) {}
    bool empty() const { return size_ == 0; }
    const End &first() const { return ends_[0]; }
    void push(End end) {
        size_t at = size_++;
        while (at) {
            const size_t parent = (at - 1) / 4;
            if (ends_[parent].at <= end.at) break;
            ends_[at] = ends_[parent];
            at = parent;
        }
        ends_[at] = end;
    }
    void pop() {
        if (--size_) replace(ends_[size_]);
    }
    void replace(End end) {  // the first by another
        size_t at = 0;
        for (;;) {
            const size_t child = 4 * at + 1, past = std::min(child + 4, size_);
            if (child >= past) break;
            size_t least = child;
            for (size_t other = child + 1; other < past; ++other)
                if (ends_[other].at < ends_[least].at) least = other;
            if (ends_[least].at >= end.at) break;
            ends_[at] = ends_[least];
            at = least;
        }
        ends_[at] = end;
    }

private:
    std::vector<End> ends_;
    size_t size_ = 0;
};

template <class T>
class Ring {
    std::vector<T> items_ = std::vector<T>(64);
    uint64_t first_ = 0, end_ = 0;

public:
    bool empty() const { return first_ == end_; }
    const T &front() const { return items_[first_ & (items_.size() - 1)]; }
    void pop() { ++first_; }
    void push(const T &item) {
        if (end_ - first_ == items_.size()) {
            std::vector<T> wider(2 * items_.size());
            for (uint64_t i = first_; i != end_; ++i) wider[i & (wider.size() - 1)] = items_[i & (items_.size() - 1)];
            items_.swap(wider);
        }
        items_[end_++ & (items_.size() - 1)] = item;
    }
};

template <int C, int G>
class Tuned {
    struct Customer {
        double arrival, until;
        int batch;
    };
    const Model<C, G> &model_;
    Tally<C, G> tally_;
    Xoshiro random_;
    Ziggurat exponential_;
    Ends ends_;
    Ring<Customer> lines_[C];
    Ring<double> idle_[G];
    uint64_t waiting_ = 0;      // bits of the classes of which a line is not empty
    uint64_t of_rank_[C] = {};  // bits of classes, by rank in ascending order
    uint64_t groups_of_[C] = {};
    uint64_t free_ = 0;         // bits of the groups of which somebody is idle
    int ranks_ = 0;

    double draw(double mean) { return mean * exponential_(random_); }

    double serve(double now, int c, int g, int batch, double waited) {
        const double talk = draw(model_.service[c][g]);
        tally_.add(batch, c, kAnswered);
        if (waited <= model_.target) tally_.add(batch, c, kWithin);
        tally_.waited(batch, c, waited);
        tally_.worked(batch, g, talk);
        return now + talk;
    }

    void arrive(double now) {
        const int c = C > 1 ? model_.class_of(random_.uniform()) : 0;
        const int batch = model_.batch_of(now);
        tally_.add(batch, c, kOffered);
        int best = -1;
        double longest = kNever;
        for (uint64_t bits = free_ & groups_of_[c]; bits; bits &= bits - 1) {
            const int g = __builtin_ctzll(bits);
            if (idle_[g].front() < longest) longest = idle_[g].front(), best = g;
        }
        if (best >= 0) {
            idle_[best].pop();
            if (idle_[best].empty()) free_ &= ~(uint64_t{1} << best);
            ends_.push({serve(now, c, best, batch, 0), best});
            return;
        }
        tally_.add(batch, c, kWaited);
        waiting_ |= uint64_t{1} << c;
        lines_[c].push({now, now + draw(model_.patience[c]), batch});
    }

    void pop(int c) {
        lines_[c].pop();
        if (lines_[c].empty()) waiting_ &= ~(uint64_t{1} << c);
    }

    int next_for(int g, double now) {  // of whom the agent serves; whoever has given up leaves their line
        for (int rank = 0; rank < ranks_; ++rank) {
            int best = -1;
            double oldest = kNever;
            for (uint64_t bits = waiting_ & model_.serves[g] & of_rank_[rank]; bits; bits &= bits - 1) {
                const int c = __builtin_ctzll(bits);
                Ring<Customer> &line = lines_[c];
                while (!line.empty() && line.front().until <= now) {
                    const Customer &gone = line.front();
                    tally_.add(gone.batch, c, kAbandoned);
                    tally_.waited(gone.batch, c, gone.until - gone.arrival);
                    pop(c);
                }
                if (!line.empty() && line.front().arrival < oldest) oldest = line.front().arrival, best = c;
            }
            if (best >= 0) return best;
        }
        return -1;
    }

    void free(double now, int g) {
        const int c = next_for(g, now);
        if (c < 0) {
            ends_.pop();
            idle_[g].push(now);
            free_ |= uint64_t{1} << g;
            return;
        }
        const Customer next = lines_[c].front();
        pop(c);
        ends_.replace({serve(now, c, g, next.batch, now - next.arrival), g});
    }

    static size_t all(const Model<C, G> &model) {
        size_t sum = 0;
        for (int agents : model.agents) sum += agents;
        return sum;
    }

public:
    Tuned(const Model<C, G> &model, Tally<C, G> tally, uint64_t seed)
        : model_(model), tally_(tally), random_(seed), ends_(all(model)) {
        for (int g = 0; g < G; ++g) {
            for (int i = 0; i < model.agents[g]; ++i) idle_[g].push(0.0);
            if (model.agents[g]) free_ |= uint64_t{1} << g;
            for (int c = 0; c < C; ++c)
                if (model.serves[g] >> c & 1) groups_of_[c] |= uint64_t{1} << g;
        }
        std::vector<int> ranks(model.rank, model.rank + C);
        std::sort(ranks.begin(), ranks.end());
        ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
        for (int rank : ranks) {
            for (int c = 0; c < C; ++c)
                if (model.rank[c] == rank) of_rank_[ranks_] |= uint64_t{1} << c;
            ++ranks_;
        }
    }

    void run() {
        double arrival = draw(1 / model_.rate);
        if (arrival >= model_.horizon) arrival = kNever;
        for (;;) {
            if (!ends_.empty() && ends_.first().at < arrival) {
                const Ends::End end = ends_.first();
                free(end.at, end.group);
            } else if (arrival == kNever) {
                return;
            } else {
                arrive(arrival);
                arrival += draw(1 / model_.rate);
                if (arrival >= model_.horizon) arrival = kNever;
            }
        }
    }
};

template <int C, int G>
void run(int tuned, const double *numbers, double horizon, uint64_t seed, int64_t *counts, double *wait, double *work) {
    const Model<C, G> model(numbers, horizon);
    const Tally<C, G> tally{counts, wait, work};
    if (tuned) Tuned<C, G>(model, tally, seed).run();
    else Plain<C, G>(model, tally, seed).run();
}

}  // namespace

// Returns 0 when there is no program for so many classes and groups.
extern "C" int contest_run(int classes, int groups, int tuned, const double *numbers, double horizon, uint64_t seed,
                           int64_t *counts, double *wait, double *work) {
#define PROGRAM(C, G)                                                                   \
    if (classes == C && groups == G) {                                                  \
        run<C, G>(tuned, numbers, horizon, seed, counts, wait, work);                   \
        return 1;                                                                       \
    }
    PROGRAM(1, 1)
    PROGRAM(12, 12)
    PROGRAM(13, 9)
    return 0;
}
