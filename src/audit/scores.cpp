#include "audit/scores.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

namespace visavis::audit {
namespace {

constexpr std::size_t kLanes = 16;   // sums kept apart, so that a compiler may use wide registers
constexpr std::size_t kBlock = 512;  // columns that stay in the cache while a few rows pass over them
constexpr std::size_t kRowsATime = 8;

[[gnu::target_clones("avx512f", "avx2", "default")]] float dot(const float* a, const float* b,
                                                               std::size_t n) {
    std::array<float, kLanes> sums{};
    std::size_t i = 0;
    for (; i + kLanes <= n; i += kLanes)
        for (std::size_t k = 0; k < kLanes; ++k) sums[k] += a[i + k] * b[i + k];
    float sum = 0;
    for (; i < n; ++i) sum += a[i] * b[i];
    for (const float part : sums) sum += part;
    return sum;
}

}  // namespace

void Templates::add(std::span<const float> vector, match::Normalisation normalisation) {
    values_.insert(values_.end(), vector.begin(), vector.end());
    normalisations_.push_back(normalisation);
}

void score_rows(const Templates& rows, const Templates& columns, std::size_t threads, const UseRow& use) {
    std::atomic<std::size_t> next{0};
    const auto work = [&](std::size_t worker) {
        std::vector<std::vector<float>> scores(kRowsATime, std::vector<float>(columns.size()));
        for (std::size_t first = next.fetch_add(kRowsATime); first < rows.size();
             first = next.fetch_add(kRowsATime)) {
            const std::size_t last = std::min(first + kRowsATime, rows.size());
            for (std::size_t block = 0; block < columns.size(); block += kBlock)
                for (std::size_t row = first; row < last; ++row) {
                    const float* vector = rows.vector(row).data();
                    const auto side = rows.normalisation(row);
                    for (std::size_t j = block; j < std::min(block + kBlock, columns.size()); ++j)
                        scores[row - first][j] = static_cast<float>(
                            match::normalised(dot(vector, columns.vector(j).data(), rows.dimension()), side,
                                              columns.normalisation(j)));
                }
            for (std::size_t row = first; row < last; ++row) use(worker, row, scores[row - first]);
        }
    };
    std::vector<std::jthread> workers;
    for (std::size_t worker = 1; worker < threads; ++worker) workers.emplace_back(work, worker);
    work(0);
}

}  // namespace visavis::audit
