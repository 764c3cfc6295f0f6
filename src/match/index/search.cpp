#include "match/index/search.h"

#include <algorithm>
#include <limits>
#include <mutex>
#include <shared_mutex>
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

void prefetch(std::span<const float> numbers) {
    const auto* bytes = reinterpret_cast<const char*>(numbers.data());
    for (std::size_t at = 0; at < numbers.size_bytes(); at += 64) __builtin_prefetch(bytes + at);
}

}  // namespace

// The share of one thread.
class Search::Worker {
  public:
    Worker(Search& search, std::span<const std::size_t> scanned) : search_(search) {
        for (const auto& sought : search.sought_) best_.emplace_back(sought->query->most);
        groups_ = search.codec_.groups();
        batch_.count = scanned.size();
        for (std::size_t i = 0; i < scanned.size(); ++i) {
            lane_[i] = scanned[i];
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
    }

    void scan(const Segment& segment, std::size_t number) {
        const std::shared_lock lock(segment.mutex);
        const kernels::Area area = segment.area(search_.range_.weighted);
        std::size_t block = 0;
        while (block < area.block_count) {
            for (std::size_t i = 0; i < batch_.count; ++i)
                batch_.cuts[i].cut = search_.cut(*search_.sought_[lane_[i]], batch_.cuts[i]);
            apply_halves();
            std::size_t found = 0;
            block = search_.kernel_.scan(area, block, batch_, candidates_.data(), candidates_.size(), &found);
            decide(segment, number, std::span(candidates_).first(found));
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

    void apply_halves() {
        for (std::size_t i = 0; i < batch_.count; ++i) {
            const Normalisation normalisation = search_.sought_[lane_[i]]->query->normalisation;
            batch_.cuts[i].weight = 0.5F * normalisation.weight;
            batch_.cuts[i].offset = 0.5F * normalisation.offset;
        }
    }

    void decide(const Segment& segment, std::size_t number, std::span<const kernels::Candidate> candidates) {
        survivors_.clear();
        for (const kernels::Candidate& candidate : candidates) {
            const std::size_t which = lane_[candidate.query];
            const Sought& sought = *search_.sought_[which];
            if (!sought.allowed.empty()) {
                const std::size_t place = number * Segment::kRows + candidate.row;
                if ((sought.allowed[place / 64] >> (place % 64) & 1) == 0) continue;
            }
            const std::int32_t low = search_.kernel_.refine(
                segment.low(candidate.row), sought.codes.low.data(), sought.codes.high.data(), groups_ * 4);
            const double highest = std::max(
                -1.0,
                double{search_.codec_.bound(sought.codes, segment.scale(candidate.row), candidate.dot, low)});
            const double bound =
                normalised(highest, sought.query->normalisation,
                           search_.range_.weighted ? segment.normalisation(candidate.row) : Normalisation{});
            if (bound < sought.floor.load(std::memory_order_relaxed)) continue;
            prefetch(segment.vector(candidate.row));
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
    std::vector<Survivor> survivors_;
    std::vector<Best> best_;
};

Search::Search(const Codec& codec, const kernels::Kernel& kernel, std::span<const Query> queries,
               std::span<Restriction> restrictions, NormalisationRange range)
    : codec_(codec), kernel_(kernel), range_(range) {
    for (std::size_t i = 0; i < queries.size(); ++i) {
        auto sought = std::make_unique<Sought>();
        sought->query = &queries[i];
        sought->codes = codec.encode_query(queries[i].vector);
        sought->except.assign(queries[i].except.begin(), queries[i].except.end());
        std::ranges::sort(sought->except);
        sought->only = &restrictions[i];
        sought->floor = queries[i].threshold;
        sought_.push_back(std::move(sought));
    }
}

bool Search::few_places(const Sought& sought, std::size_t rows) const {
    return sought.only->active && sought.only->places.size() <= rows / kFewRows;
}

float Search::cut(const Sought& sought, const kernels::Cut& shape) const {
    const double floor = sought.floor.load(std::memory_order_relaxed);
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

    std::vector<std::unique_ptr<Worker>> workers;
    workers.push_back(std::make_unique<Worker>(*this, scanned));
    for (const std::size_t which : looked_up)
        for (const std::uint64_t place : sought_[which]->only->places) {
            const Segment& segment = *segments[place / Segment::kRows];
            const std::shared_lock lock(segment.mutex);
            if (segment.occupied(place % Segment::kRows))
                workers.front()->compare(segment, place % Segment::kRows, which);
        }

    if (!scanned.empty()) {
        std::atomic<std::size_t> next = 0;
        const auto work = [&](Worker& worker) {
            for (std::size_t i = next++; i < segments.size(); i = next++) worker.scan(*segments[i], i);
        };
        std::vector<std::jthread> helpers;
        for (std::size_t i = 1; i < std::min(threads, segments.size()); ++i) {
            workers.push_back(std::make_unique<Worker>(*this, scanned));
            helpers.emplace_back([&work, worker = workers.back().get()] { work(*worker); });
        }
        work(*workers.front());
    }

    std::vector<std::vector<Hit>> answers;
    for (std::size_t i = 0; i < sought_.size(); ++i) {
        Best& best = workers.front()->best()[i];
        for (std::size_t w = 1; w < workers.size(); ++w)
            for (const Hit& hit : workers[w]->best()[i].hits()) best.offer(hit);
        answers.push_back(best.take());
    }
    return answers;
}

}  // namespace visavis::match
