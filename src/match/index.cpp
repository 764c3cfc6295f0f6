#include "match/index.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "match/index/state.h"
#include "match/kernels/kernels.h"

namespace visavis::match {

namespace {

constexpr double kNormTolerance = kLargestNorm - 1;

double norm(std::span<const float> vector) noexcept {
    double squares = 0;
    for (const float x : vector) squares += double{x} * double{x};
    return std::sqrt(squares);
}

// Passes side by side: as many as there are cores for.
std::size_t lanes(std::size_t threads) {
    return std::max<std::size_t>(1, std::thread::hardware_concurrency() / std::max<std::size_t>(1, threads));
}

void raise(std::atomic<float>& most, float value) {
    if (value > most.load(std::memory_order_relaxed)) most.store(value, std::memory_order_relaxed);
}

}  // namespace

std::string_view search_kernel() noexcept {
    return kernels::find("")->name;
}

bool is_template(std::span<const float> vector) noexcept {
    return std::abs(norm(vector) - 1) <= kNormTolerance * 0.999;
}

Index::State::State(IndexPlace at)
    : place(std::move(at)), codec(place.dimension), queue(lanes(place.threads)) {
    segments.reserve(kMostSegments);
}

bool Index::State::grow(std::size_t count) {
    while (segments.size() * Segment::kRows < count) {
        // The first segment keeps small pages, so that small collections stay small.
        auto segment = Segment::make(codec, !segments.empty());
        if (!segment) return false;
        segments.push_back(std::move(segment));
        published.store(segments.size(), std::memory_order_release);
    }
    return true;
}

void Index::State::note(Normalisation normalisation) {
    raise(largest_weight, normalisation.weight);
    raise(largest_offset, std::abs(normalisation.offset));
    if (normalisation != Normalisation{}) weighted.store(true);
}

Result<void> Index::State::check_row(std::span<const float> vector, Normalisation normalisation) const {
    if (vector.size() != place.dimension)
        return fail(
            ErrorCode::kInvalidParameter,
            fmt::format("a template has `{}` numbers; this index holds {}", vector.size(), place.dimension));
    if (!is_template(vector))
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("a template has norm `{}`; expected 1", norm(vector)));
    if (!(normalisation.weight > 0) || !std::isfinite(normalisation.weight) ||
        !std::isfinite(normalisation.offset))
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("score normalisation has weight `{}` and offset `{}`; expected finite "
                                "numbers, the weight above 0",
                                normalisation.weight, normalisation.offset));
    return {};
}

Index::Index(std::unique_ptr<State> state) : state_(std::move(state)) {}
Index::~Index() = default;

std::vector<Restriction> Index::State::restrictions(std::span<const Query> queries) const {
    std::vector<Restriction> all(queries.size());
    const std::shared_lock lock(places_mutex);
    for (std::size_t i = 0; i < queries.size(); ++i) {
        if (!queries[i].only) continue;
        all[i].active = true;
        all[i].keys.assign(queries[i].only->begin(), queries[i].only->end());
        std::ranges::sort(all[i].keys);
        all[i].keys.erase(std::ranges::unique(all[i].keys).begin(), all[i].keys.end());
        for (const std::uint64_t key : all[i].keys)
            if (const auto found = places.find(key); found != places.end())
                all[i].places.push_back(found->second);
        std::ranges::sort(all[i].places);
    }
    return all;
}

Result<void> Index::State::check_query(const Query& query) const {
    if (auto checked = check_row(query.vector, query.normalisation); !checked) return checked;
    if (query.most == 0 || query.most > limits::kSearchResults)
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("`{}` results were asked for; 1 to {} are possible", query.most,
                                limits::kSearchResults));
    if (std::isnan(query.threshold))
        return fail(ErrorCode::kInvalidParameter, "the threshold `nan` is not a number");
    return {};
}

Result<std::vector<std::vector<Hit>>> Index::search(std::span<const Query> queries) const {
    const State& state = *state_;
    for (const Query& query : queries)
        if (auto checked = state.check_query(query); !checked) return std::unexpected(checked.error());
    std::vector<std::vector<Hit>> answers;
    for (std::size_t start = 0; start < queries.size(); start += kernels::kMostQueries) {
        const auto part = queries.subspan(start, std::min(kernels::kMostQueries, queries.size() - start));
        auto restrictions = state.restrictions(part);
        const NormalisationRange range{.weighted = state.weighted,
                                       .largest_weight = state.largest_weight,
                                       .largest_offset = state.largest_offset};
        Search search(state.codec, *state.kernel, part, restrictions, range, size());
        for (auto& hits : search.run(state.visible(), state.place.threads))
            answers.push_back(std::move(hits));
    }
    return answers;
}

Result<std::vector<Hit>> Index::search(const Query& query) const {
    if (auto checked = state_->check_query(query); !checked) return std::unexpected(checked.error());
    return state_->queue.run(query, [this](std::span<const Query> queries) { return search(queries); });
}

std::vector<std::uint64_t> Index::keys() const {
    std::vector<std::uint64_t> keys;
    {
        const std::shared_lock lock(state_->places_mutex);
        keys.reserve(state_->places.size());
        for (const auto& entry : state_->places) keys.push_back(entry.first);
    }
    std::ranges::sort(keys);
    return keys;
}

bool Index::contains(std::uint64_t key) const {
    return state_->find(key).has_value();
}

std::size_t Index::size() const {
    const std::shared_lock lock(state_->places_mutex);
    return state_->places.size();
}

std::optional<StoredRow> Index::find(std::uint64_t key) const {
    const auto at = state_->find(key);
    if (!at) return std::nullopt;
    const Segment& segment = state_->segment_of(*at);
    const std::shared_lock lock(segment.mutex);
    const std::size_t slot = *at % Segment::kRows;
    if (!segment.occupied(slot) || segment.key(slot) != key) return std::nullopt;
    const auto vector = segment.vector(slot);
    return StoredRow{.vector = {vector.begin(), vector.end()}, .normalisation = segment.normalisation(slot)};
}

std::size_t Index::dimension() const noexcept {
    return state_->place.dimension;
}

std::string_view Index::kernel() const noexcept {
    return state_->kernel->name;
}

IndexMemory Index::memory() const {
    const std::shared_lock lock(state_->places_mutex);
    const std::size_t map_entry = sizeof(std::pair<std::uint64_t, std::uint32_t>) + 1;
    return {
        .rows = state_->places.size() * Segment::row_bytes(state_->codec),
        .overhead = state_->places.bucket_count() * map_entry + state_->segments.capacity() * sizeof(void*)};
}

}  // namespace visavis::match
