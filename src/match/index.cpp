#include "match/index.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"

namespace visavis::match {
namespace {

constexpr double kNormTolerance = 1e-3;

Result<void> check_vector(std::span<const float> vector, std::size_t dimension, Normalisation normalisation) {
    if (vector.size() != dimension)
        return fail(
            ErrorCode::kInvalidParameter,
            fmt::format("a template has `{}` numbers; this index holds {}", vector.size(), dimension));
    double squares = 0;
    for (const float x : vector) squares += double{x} * double{x};
    if (!(std::abs(std::sqrt(squares) - 1) <= kNormTolerance))
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("a template has norm `{}`; expected 1", std::sqrt(squares)));
    if (!(normalisation.weight > 0) || !std::isfinite(normalisation.weight) ||
        !std::isfinite(normalisation.offset))
        return fail(
            ErrorCode::kInvalidParameter,
            fmt::format("score normalisation has weight `{}` and offset `{}`; expected finite numbers, the "
                        "weight above 0",
                        normalisation.weight, normalisation.offset));
    return {};
}

bool better(const Hit& a, const Hit& b) {
    return a.score != b.score ? a.score > b.score : a.key < b.key;
}

}  // namespace

struct Index::State {
    IndexPlace place;
    mutable std::shared_mutex mutex;
    std::map<std::uint64_t, StoredRow> rows;  // guarded by mutex
};

Index::Index(std::unique_ptr<State> state) : state_(std::move(state)) {}
Index::~Index() = default;

Result<Index::Opened> Index::open(IndexPlace place, std::uint64_t /*generation*/) {
    if (place.dimension == 0 || place.dimension > limits::kTemplateDimension)
        return fail(ErrorCode::kInvalidParameter, fmt::format("`{}` is no dimension of an index; 1 to {} are",
                                                              place.dimension, limits::kTemplateDimension));
    if (!place.path.empty() && place.key.size() != 32)
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("an index key has `{}` bytes; expected 32", place.key.size()));
    auto state = std::make_unique<State>();
    state->place = std::move(place);
    return Opened{.state = SnapshotState::kMissing,
                  .reason = "there is no snapshot",
                  .index = std::unique_ptr<Index>(new Index(std::move(state)))};
}

Result<void> Index::append(std::span<const Row> rows) {
    const std::unique_lock lock(state_->mutex);
    std::unordered_set<std::uint64_t> keys;
    for (const Row& row : rows) {
        if (auto checked = check_vector(row.vector, dimension(), row.normalisation); !checked) return checked;
        if (state_->rows.contains(row.key) || !keys.insert(row.key).second)
            return fail(ErrorCode::kInvalidParameter,
                        fmt::format("key `{}` is in the index already", row.key));
    }
    if (state_->rows.size() + rows.size() > limits::kIndexRows)
        return fail(ErrorCode::kQuotaExceeded,
                    fmt::format("an index holds at most {} rows", limits::kIndexRows));
    for (const Row& row : rows)
        state_->rows.emplace(row.key, StoredRow{{row.vector.begin(), row.vector.end()}, row.normalisation});
    return {};
}

Result<std::size_t> Index::erase(std::span<const std::uint64_t> keys) {
    const std::unique_lock lock(state_->mutex);
    std::size_t count = 0;
    for (const std::uint64_t key : keys) count += state_->rows.erase(key);
    return count;
}

Result<void> Index::sync(std::uint64_t /*generation*/) {
    return {};
}

Result<std::vector<Hit>> Index::search(const Query& query) const {
    auto answers = search(std::span(&query, 1));
    if (!answers) return std::unexpected(answers.error());
    return std::move(answers->front());
}

Result<std::vector<std::vector<Hit>>> Index::search(std::span<const Query> queries) const {
    std::vector<std::vector<Hit>> answers;
    const std::shared_lock lock(state_->mutex);
    for (const Query& query : queries) {
        if (auto checked = check_vector(query.vector, dimension(), query.normalisation); !checked)
            return std::unexpected(checked.error());
        if (query.most == 0 || query.most > limits::kSearchResults)
            return fail(ErrorCode::kInvalidParameter,
                        fmt::format("`{}` results were asked for; 1 to {} are possible", query.most,
                                    limits::kSearchResults));
        std::vector<Hit> hits;
        for (const auto& [key, row] : state_->rows) {
            if (query.only && std::ranges::find(*query.only, key) == query.only->end()) continue;
            if (std::ranges::find(query.except, key) != query.except.end()) continue;
            const double c = cosine(query.vector, row.vector);
            const double score = normalised(c, query.normalisation, row.normalisation);
            if (score >= query.threshold) hits.push_back({key, score, c});
        }
        std::ranges::sort(hits, better);
        if (hits.size() > query.most) hits.resize(query.most);
        answers.push_back(std::move(hits));
    }
    return answers;
}

std::vector<std::uint64_t> Index::keys() const {
    const std::shared_lock lock(state_->mutex);
    std::vector<std::uint64_t> keys;
    keys.reserve(state_->rows.size());
    for (const auto& entry : state_->rows) keys.push_back(entry.first);
    return keys;
}

bool Index::contains(std::uint64_t key) const {
    const std::shared_lock lock(state_->mutex);
    return state_->rows.contains(key);
}

std::size_t Index::size() const {
    const std::shared_lock lock(state_->mutex);
    return state_->rows.size();
}

std::optional<StoredRow> Index::find(std::uint64_t key) const {
    const std::shared_lock lock(state_->mutex);
    const auto found = state_->rows.find(key);
    if (found == state_->rows.end()) return std::nullopt;
    return found->second;
}

std::size_t Index::dimension() const noexcept {
    return state_->place.dimension;
}

IndexMemory Index::memory() const {
    const std::size_t count = size();
    return {.rows = count * (dimension() * sizeof(float) + sizeof(Normalisation) + sizeof(std::uint64_t)),
            .overhead = count * 4 * sizeof(void*)};
}

}  // namespace visavis::match
