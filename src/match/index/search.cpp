#include "match/index/search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <shared_mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "match/index/best.h"

namespace visavis::match {
namespace {

constexpr std::size_t kCandidates = 1024;

// Below one row in this many, looking the rows up beats scanning past the others.
constexpr std::size_t kFewRows = 32;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

void raise(std::atomic<double>& floor, double score) {
    double seen = floor.load(std::memory_order_relaxed);
    while (seen < score && !floor.compare_exchange_weak(seen, score, std::memory_order_relaxed)) {
    }
}

bool holds(const std::vector<std::uint64_t>& ascending, std::uint64_t key) {
    return std::ranges::binary_search(ascending, key);
}

}  // namespace

// The share of one thread.
class Search::Worker {
  public:
    Worker(Search& search, std::span<const std::size_t> scanned)
        : search_(search), groups_(search.codec_.groups()) {
        for (const auto& sought : search.sought_) best_.emplace_back(sought->query->most);
        batch_.count = scanned.size();
        for (std::size_t i = 0; i < scanned.size(); ++i) {
            lane_[i] = scanned[i];
            batch_.low_codes[i] = search.sought_[scanned[i]]->codes.low.data();
            batch_.high_codes[i] = search.sought_[scanned[i]]->codes.high.data();
            batch_.cuts[i] = search.codec_.cut_of(search.sought_[scanned[i]]->codes);
        }
        codes_.resize(groups_ * batch_.count * kernels::kGroup);
        for (std::size_t group = 0; group < groups_; ++group)
            for (std::size_t i = 0; i < batch_.count; ++i) {
                const auto& codes = search.sought_[lane_[i]]->codes;
                auto* out = codes_.data() + (group * batch_.count + i) * kernels::kGroup;
                std::copy_n(codes.low.begin() + static_cast<std::ptrdiff_t>(group * 4), 4, out);
                std::copy_n(codes.high.begin() + static_cast<std::ptrdiff_t>(group * 4), 4, out + 4);
            }
        batch_.codes = codes_.data();
        candidates_.resize(kCandidates);
        sums_.resize(kCandidates);
    }

    void scan(const Segment& segment, std::size_t number) {
        const std::shared_lock lock(segment.mutex);
        const kernels::Area area = segment.area(search_.range_.weighted);
        std::size_t block = 0;
        while (block < area.block_count) {
            set_cuts();
            std::size_t found = 0;
            const std::size_t start = block;
            const kernels::Kernel& kernel = many_ && search_.kernel_.where_many != nullptr
                                                ? *search_.kernel_.where_many
                                                : search_.kernel_;
            block = kernel.scan(area, block, batch_, candidates_.data(), candidates_.size(), &found);
            many_ = found > (block - start) * kernels::kManyCandidates;
            decide(segment, number, area, found);
            scanned_ += (block - start) * kernels::kBlockRows;
        }
    }

    // Compares a row with a query if the query allows it.
    void compare(const Segment& segment, std::size_t slot, std::size_t which) {
        Sought& sought = *search_.sought_[which];
        const std::uint64_t key = segment.key(slot);
        if (holds(sought.except, key) || (sought.only->active && !holds(sought.only->keys, key))) return;
        Hit hit{.key = key, .score = 0, .cosine = cosine(sought.query->vector, segment.vector(slot))};
        hit.score = normalised(hit.cosine, sought.query->normalisation, segment.normalisation(slot));
        if (!(hit.score >= sought.query->threshold)) return;
        if (best_[which].offer(hit)) raise(sought.floor, best_[which].worst().score);
    }

    [[nodiscard]] std::vector<Best>& best() { return best_; }

  private:
    struct Survivor {
        std::uint32_t slot;
        std::uint32_t which;
        double bound;
    };

    void set_cuts() {
        for (std::size_t i = 0; i < batch_.count; ++i) {
            const Sought& sought = *search_.sought_[lane_[i]];
            floors_[i] = std::max(sought.floor.load(std::memory_order_relaxed), guess(lane_[i]));
            kernels::Cut& cut = batch_.cuts[i];
            cut.weight = 0.5F * sought.query->normalisation.weight;
            cut.offset = 0.5F * sought.query->normalisation.offset;
            cut.cut = search_.cut(floors_[i], sought, cut);
        }
    }

    // What the final floor will hardly be below: see search.h. Restricted queries are not guessed for, as
    // the rows they allow need not be spread evenly.
    double guess(std::size_t which) {
        Sought& sought = *search_.sought_[which];
        if (!search_.guessing_ || sought.only->active) return -kInfinity;
        const double expected = static_cast<double>(sought.query->most) * static_cast<double>(scanned_) /
                                static_cast<double>(std::max<std::size_t>(search_.rows_, 1));
        const auto rank = static_cast<std::size_t>(expected + 3 * std::sqrt(expected) + 4);
        if (rank >= sought.query->most || rank > best_[which].hits().size()) return -kInfinity;
        const double score = best_[which].score_at(rank, scratch_);
        raise(sought.guess, score);
        return score;
    }

    void decide(const Segment& segment, std::size_t number, const kernels::Area& area, std::size_t found) {
        const auto candidates = std::span(candidates_).first(found);
        search_.kernel_.refine(area, batch_, candidates.data(), found, sums_.data());
        survivors_.clear();
        for (std::size_t i = 0; i < found; ++i) {
            const kernels::Candidate& candidate = candidates[i];
            const std::size_t which = lane_[candidate.query];
            const Sought& sought = *search_.sought_[which];
            const double floor = floors_[candidate.query];
            const double highest =
                std::max(-1.0, search_.codec_.bound(sought.codes, candidate.scale, candidate.dot, sums_[i]));
            const double bound =
                normalised(highest, sought.query->normalisation,
                           search_.range_.weighted ? segment.normalisation(candidate.row) : Normalisation{});
            if (bound < floor) continue;
            if (!sought.allowed.empty()) {
                const std::size_t place = number * Segment::kRows + candidate.row;
                if ((sought.allowed[place / 64] >> (place % 64) & 1) == 0) continue;
            }
            segment.prefetch(candidate.row);
            survivors_.push_back({candidate.row, static_cast<std::uint32_t>(which), bound});
        }
        for (const Survivor& survivor : survivors_)
            if (survivor.bound >= search_.sought_[survivor.which]->floor.load(std::memory_order_relaxed))
                compare(segment, survivor.slot, survivor.which);
    }

    Search& search_;
    std::size_t groups_;
    std::size_t lane_[kernels::kMostQueries]{};  // query of each place in the batch
    kernels::Batch batch_;
    std::vector<std::int8_t> codes_;
    std::vector<kernels::Candidate> candidates_;
    std::vector<std::int32_t> sums_;
    std::vector<Survivor> survivors_;
    std::vector<Best> best_;
    double floors_[kernels::kMostQueries]{};  // of each place in the batch, as used for the current scan
    std::size_t scanned_{};
    bool many_{};  // candidates, in the blocks scanned last
    std::vector<double> scratch_;
};

Search::Search(const Codec& codec, const kernels::Kernel& kernel, std::span<const Query> queries,
               std::span<Restriction> restrictions, NormalisationRange range, std::size_t rows)
    : codec_(codec), kernel_(kernel), range_(range), rows_(rows) {
    float unit = 0;
    for (const Query& query : queries) unit = std::max(unit, Codec::unit_of(query.vector));
    for (std::size_t i = 0; i < queries.size(); ++i) {
        auto sought = std::make_unique<Sought>();
        sought->query = &queries[i];
        // A coarser step than twice its own would let too many rows through.
        const bool shared = unit <= 2 * Codec::unit_of(queries[i].vector);
        sought->codes = codec.encode_query(queries[i].vector, shared ? unit : 0);
        sought->except.assign(queries[i].except.begin(), queries[i].except.end());
        std::ranges::sort(sought->except);
        sought->only = &restrictions[i];
        sought->floor = queries[i].threshold;
        sought->guess = -kInfinity;
        sought_.push_back(std::move(sought));
    }
}

bool Search::few_places(const Sought& sought, std::size_t rows) const {
    return sought.only->active && sought.only->places.size() <= rows / kFewRows;
}

float Search::cut(double floor, const Sought& sought, const kernels::Cut& shape) const {
    const Normalisation query = sought.query->normalisation;
    if (floor == -kInfinity) return -std::numeric_limits<float>::infinity();
    if (range_.weighted) {
        const double size = 3 * (double{query.weight} + double{range_.largest_weight}) +
                            std::abs(double{query.offset}) + double{range_.largest_offset} + std::abs(floor);
        return static_cast<float>(floor - 1e-6 * size);
    }
    // The cosine that gives this score with a row of {1, 0}.
    const double lowest = (floor + 0.5 * double{query.offset}) / (0.5 * (double{query.weight} + 1));
    if (lowest <= -1 + 1e-9) return -std::numeric_limits<float>::infinity();
    return static_cast<float>(lowest - double{shape.rest} - 1e-6 * (1 + std::abs(lowest)));
}

std::vector<std::vector<Hit>> Search::run(std::span<const std::unique_ptr<Segment>> segments,
                                          std::size_t threads) {
    const std::size_t rows = segments.size() * Segment::kRows;
    std::vector<std::size_t> scanned;
    std::vector<std::size_t> looked_up;
    for (std::size_t i = 0; i < sought_.size(); ++i) {
        Sought& sought = *sought_[i];
        if (sought.only->active && (few_places(sought, rows) || sought.only->places.size() < 64)) {
            looked_up.push_back(i);
            continue;
        }
        scanned.push_back(i);
        if (!sought.only->active) continue;
        sought.allowed.resize(rows / 64);
        for (const std::uint64_t place : sought.only->places)
            sought.allowed[place / 64] |= 1ULL << (place % 64);
    }

    std::vector<std::vector<Hit>> answers(sought_.size());
    Worker lookup(*this, {});
    for (const std::size_t which : looked_up) {
        for (const std::uint64_t place : sought_[which]->only->places) {
            const Segment& segment = *segments[place / Segment::kRows];
            const std::shared_lock lock(segment.mutex);
            if (segment.occupied(place % Segment::kRows))
                lookup.compare(segment, place % Segment::kRows, which);
        }
        answers[which] = lookup.best()[which].take();
    }

    while (!scanned.empty()) {
        std::vector<std::unique_ptr<Worker>> workers;
        scan(segments, scanned, workers, threads);
        std::vector<std::size_t> incomplete;
        for (const std::size_t which : scanned) {
            Best& best = workers.front()->best()[which];
            for (std::size_t i = 1; i < workers.size(); ++i)
                for (const Hit& hit : workers[i]->best()[which].hits()) best.offer(hit);
            const Sought& sought = *sought_[which];
            const bool full = best.hits().size() == sought.query->most;
            const double guess = sought.guess.load();
            if (guess > sought.floor.load() && (!full || best.worst().score < guess))
                incomplete.push_back(which);
            answers[which] = best.take();
        }
        scanned = incomplete;
        guessing_ = false;
        for (const std::size_t which : incomplete) {
            sought_[which]->guess = -kInfinity;
            sought_[which]->floor = sought_[which]->query->threshold;
        }
    }
    return answers;
}

// Each thread takes the next segment that nobody has.
void Search::scan(std::span<const std::unique_ptr<Segment>> segments, std::span<const std::size_t> which,
                  std::vector<std::unique_ptr<Worker>>& workers, std::size_t threads) {
    for (std::size_t i = 0; i < std::clamp<std::size_t>(segments.size(), 1, threads); ++i)
        workers.push_back(std::make_unique<Worker>(*this, which));
    std::atomic<std::size_t> next = 0;
    const auto work = [&](Worker& worker) {
        for (std::size_t i = next++; i < segments.size(); i = next++) worker.scan(*segments[i], i);
    };
    std::vector<std::jthread> helpers;
    try {
        for (std::size_t i = 1; i < workers.size(); ++i)
            helpers.emplace_back([&work, worker = workers[i].get()] { work(*worker); });
    } catch (const std::system_error&) {  // NOLINT(bugprone-empty-catch)
        // The system has no more threads: those that there are scan the rest.
    }
    work(*workers.front());
}

}  // namespace visavis::match
