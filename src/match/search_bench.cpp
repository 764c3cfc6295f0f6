#include "match/search_bench.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <fstream>
#include <limits>
#include <memory>
#include <numeric>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/random.h"
#include "match/index.h"
#include "match/index/best.h"
#include "match/index/segment.h"
#include "match/kernels/kernels.h"
#include "match/synthetic.h"

namespace visavis::match {
namespace {

using Seconds = std::chrono::duration<double>;
using Steady = std::chrono::steady_clock;

constexpr std::size_t kBatch = kernels::kMostQueries;
constexpr std::size_t kFacesSeed = 1;
constexpr std::size_t kQueriesSeed = 2;

// Templates in a file: little-endian float32, one after the other.
Result<std::vector<float>> read_templates(const std::string& path, std::size_t dimension) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    const auto bytes = static_cast<std::size_t>(std::max<std::streamoff>(file.tellg(), 0));
    if (!file || bytes == 0 || bytes % (dimension * sizeof(float)) != 0)
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("`{}` is no file of float32 templates of {} numbers", path, dimension));
    std::vector<float> numbers(bytes / sizeof(float));
    file.seekg(0);
    file.read(reinterpret_cast<char*>(numbers.data()), static_cast<std::streamsize>(bytes));
    if (!file) return fail(ErrorCode::kInternal, fmt::format("`{}` cannot be read", path));
    return numbers;
}

std::size_t resident_bytes() {
    std::ifstream statm("/proc/self/statm");
    std::size_t all = 0;
    std::size_t resident = 0;
    statm >> all >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

Milliseconds summary(std::vector<double> seconds) {
    std::ranges::sort(seconds);
    const auto at = [&](double share) {
        return 1e3 * seconds[static_cast<std::size_t>(
                         std::lround(share * static_cast<double>(seconds.size() - 1)))];
    };
    return {.median = at(0.5), .p95 = at(0.95), .least = at(0)};
}

template <typename Action>
double timed(const Action& action) {
    const auto start = Steady::now();
    action();
    return Seconds(Steady::now() - start).count();
}

// As many bytes as a search scans, in the same kind of memory.
class PlainRead {
  public:
    PlainRead(const Codec& codec, std::size_t faces, std::size_t threads) : threads_(threads) {
        for (std::size_t left = faces; left > 0;) {
            const std::size_t rows = std::min(left, Segment::kRows);
            auto segment = Segment::make(codec, !segments_.empty());
            if (!segment) break;
            const std::size_t blocks = (rows + kernels::kBlockRows - 1) / kernels::kBlockRows;
            const auto plane = segment->planes(0, blocks * kernels::kBlockRows).part[3];
            std::ranges::fill(plane, std::uint8_t{1});
            planes_.push_back(plane);
            segments_.push_back(std::move(segment));
            left -= rows;
        }
    }

    [[nodiscard]] std::size_t bytes() const {
        return std::accumulate(planes_.begin(), planes_.end(), std::size_t{0},
                               [](std::size_t sum, const auto& plane) { return sum + plane.size(); });
    }

    void run(const kernels::Kernel& kernel) {
        std::vector<std::jthread> helpers;
        for (std::size_t i = 1; i < threads_; ++i) helpers.emplace_back([&, i] { share(kernel, i); });
        share(kernel, 0);
    }

  private:
    void share(const kernels::Kernel& kernel, std::size_t first) {
        std::uint64_t sum = 0;
        for (std::size_t i = first; i < planes_.size(); i += threads_)
            sum ^= kernel.read(planes_[i].data(), planes_[i].size());
        sum_ ^= sum;
    }

    std::size_t threads_;
    std::vector<std::unique_ptr<Segment>> segments_;
    std::vector<std::span<std::uint8_t>> planes_;
    std::atomic<std::uint64_t> sum_;
};

class Bench {
  public:
    explicit Bench(SearchBenchOptions options)
        : options_(std::move(options)), faces_(options_.dimension, kFacesSeed) {}

    Result<SearchBenchResult> run() {
        place_ = {.path = options_.folder.empty() ? "" : options_.folder + "/bench-index",
                  .key = random_bytes(32),
                  .model = "bench",
                  .dimension = options_.dimension,
                  .kernel = options_.kernel,
                  .threads = options_.threads};
        auto opened = Index::open(place_, 0);
        if (!opened) return std::unexpected(opened.error());
        index_ = std::move(opened->index);
        result_.kernel = index_->kernel();
        if (auto done = make_queries(); !done) return std::unexpected(done.error());
        if (auto done = fill(); !done) return std::unexpected(done.error());
        if (auto done = measure(); !done) return std::unexpected(done.error());
        if (auto done = check(); !done) return std::unexpected(done.error());
        if (!options_.folder.empty())
            if (auto done = measure_cold_start(); !done) return std::unexpected(done.error());
        return result_;
    }

  private:
    Normalisation normalisation(std::uint64_t key) const {
        if (!options_.weighted) return {};
        const auto spread = static_cast<float>(key * 2654435761 % 1000) / 1000;
        return {.weight = 1 / (0.05F + 0.03F * spread), .offset = 3 + spread};
    }

    // The face of a key: somebody's, or a mate of a query's person.
    void face(SyntheticTemplates& source, std::uint64_t key, std::span<float> into) const {
        if (!given_.empty()) {
            std::ranges::copy(std::span(given_).subspan(key * options_.dimension, options_.dimension),
                              into.begin());
            return;
        }
        const std::size_t queries = options_.rounds + kBatch;
        const std::size_t mates = std::min(options_.mates * queries, options_.faces / 2);
        const std::size_t every = mates == 0 ? 0 : options_.faces / mates;
        if (every == 0 || key % every != 0) {
            source.next(into);
            return;
        }
        const std::uint64_t mate = key / every;
        source.mate(query_of(mate % queries).vector, 0.5 + 0.3 * static_cast<double>(mate * 7919 % 100) / 100,
                    into);
    }

    Result<void> make_queries() {
        const std::size_t count = options_.rounds + kBatch;
        if (!options_.faces_file.empty()) {
            auto faces = read_templates(options_.faces_file, options_.dimension);
            if (!faces) return std::unexpected(faces.error());
            auto queries = read_templates(options_.queries_file, options_.dimension);
            if (!queries) return std::unexpected(queries.error());
            given_ = std::move(*faces);
            queries_ = std::move(*queries);
            options_.faces = given_.size() / options_.dimension;
            options_.rounds = std::min(options_.rounds, queries_.size() / options_.dimension);
            for (std::size_t i = 0; queries_.size() < count * options_.dimension; ++i)
                queries_.push_back(queries_[i]);
        } else {
            SyntheticTemplates source(options_.dimension, kQueriesSeed);
            queries_.resize(count * options_.dimension);
            for (std::size_t i = 0; i < count; ++i)
                source.next(std::span(queries_).subspan(i * options_.dimension, options_.dimension));
        }
        result_.faces = options_.faces;
        return {};
    }

    Result<void> fill() {
        constexpr std::size_t kChunk = 4096;
        const std::size_t before = resident_bytes();
        std::vector<float> numbers(kChunk * options_.dimension);
        double seconds = 0;
        for (std::size_t done = 0; done < options_.faces;) {
            const std::size_t count = std::min(kChunk, options_.faces - done);
            std::vector<Row> rows;
            for (std::size_t i = 0; i < count; ++i) {
                const auto vector = std::span(numbers).subspan(i * options_.dimension, options_.dimension);
                face(faces_, done + i, vector);
                rows.push_back({done + i, vector, normalisation(done + i)});
            }
            Result<void> appended;
            seconds += timed([&] { appended = index_->append(rows); });
            if (!appended) return appended;
            done += count;
            if (options_.progress) options_.progress(done, options_.faces);
        }
        const auto faces = static_cast<double>(options_.faces);
        result_.append_per_second = faces / seconds;
        result_.memory_per_face = static_cast<double>(resident_bytes() - before) / faces;
        return {};
    }

    Query query_of(std::size_t i) const {
        return {.vector = std::span(queries_).subspan(i * options_.dimension, options_.dimension),
                .normalisation = normalisation(i + 17),
                .threshold =
                    options_.threshold <= -1 ? -std::numeric_limits<double>::infinity() : options_.threshold,
                .most = options_.most};
    }

    Result<void> measure() {
        const kernels::Kernel& kernel = *kernels::find(result_.kernel.c_str());
        PlainRead plain(Codec(options_.dimension), options_.faces, options_.threads);
        result_.scanned_bytes = plain.bytes();
        std::ofstream answers_file;
        if (!options_.answers_file.empty()) answers_file.open(options_.answers_file);
        std::vector<double> search, batch, read;
        std::size_t answers = 0;
        for (std::size_t round = 0; round < options_.rounds; ++round) {
            read.push_back(timed([&] { plain.run(kernel); }));
            Result<std::vector<Hit>> hits;
            search.push_back(timed([&] { hits = index_->search(query_of(round)); }));
            if (!hits) return std::unexpected(hits.error());
            answers += hits->size();
            if (answers_file.is_open()) {
                for (const Hit& hit : *hits) answers_file << fmt::format("{}:{:.9f} ", hit.key, hit.score);
                answers_file << '\n';
            }
            std::vector<Query> waiting;
            waiting.reserve(kBatch);
            for (std::size_t i = 0; i < kBatch; ++i) waiting.push_back(query_of(round + i));
            Result<std::vector<std::vector<Hit>>> all;
            batch.push_back(timed([&] { all = index_->search(waiting); }));
            if (!all) return std::unexpected(all.error());
        }
        result_.search = summary(search);
        result_.batch = summary(batch);
        result_.read = summary(read);
        result_.answers = static_cast<double>(answers) / static_cast<double>(options_.rounds);
        return {};
    }

    Result<void> check() {
        const std::size_t count = std::min(options_.checked, options_.rounds);
        std::vector<Best> best(count, Best(options_.most));
        SyntheticTemplates again(options_.dimension, kFacesSeed);
        std::vector<float> vector(options_.dimension);
        for (std::uint64_t key = 0; key < options_.faces && count > 0; ++key) {
            face(again, key, vector);
            for (std::size_t i = 0; i < count; ++i) {
                const Query query = query_of(i);
                const double c = cosine(query.vector, vector);
                const double score = normalised(c, query.normalisation, normalisation(key));
                if (score >= query.threshold) best[i].offer({key, score, c});
            }
        }
        result_.equal = true;
        std::vector<Query> together;
        together.reserve(std::max(count, kBatch));
        for (std::size_t i = 0; i < std::max(count, kBatch); ++i) together.push_back(query_of(i));
        const auto all = index_->search(together);
        if (!all) return std::unexpected(all.error());
        for (std::size_t i = 0; i < count; ++i) {
            const auto hits = index_->search(query_of(i));
            if (!hits) return std::unexpected(hits.error());
            result_.equal = result_.equal && *hits == best[i].take() && *hits == (*all)[i];
        }
        return {};
    }

    Result<void> measure_cold_start() {
        Result<void> synced;
        result_.save_seconds = timed([&] { synced = index_->sync(1); });
        if (!synced) return synced;
        index_.reset();
        {
            const FileDescriptor file(::open(place_.path.c_str(), O_RDONLY | O_CLOEXEC));
            struct stat status{};
            ::fstat(file.get(), &status);
            result_.file_per_face = static_cast<double>(status.st_size) / static_cast<double>(options_.faces);
            ::posix_fadvise(file.get(), 0, 0, POSIX_FADV_DONTNEED);
        }
        Result<Index::Opened> opened;
        Result<std::vector<Hit>> hits;
        result_.cold_seconds = timed([&] {
            opened = Index::open(place_, 1);
            if (opened) hits = opened->index->search(query_of(0));
        });
        ::unlink(place_.path.c_str());
        if (!opened) return std::unexpected(opened.error());
        if (opened->state != SnapshotState::kValid) return fail(ErrorCode::kInternal, opened->reason);
        return {};
    }

    SearchBenchOptions options_;
    SyntheticTemplates faces_;
    std::vector<float> given_;  // all faces, if they come from a file
    IndexPlace place_;
    std::unique_ptr<Index> index_;
    std::vector<float> queries_;
    SearchBenchResult result_;
};

}  // namespace

Result<SearchBenchResult> bench_search(const SearchBenchOptions& options) {
    if (options.faces_file.empty() != options.queries_file.empty())
        return fail(ErrorCode::kInvalidParameter, "faces and queries are read from files both or not at all");
    if (options.faces == 0 || options.rounds == 0 || options.threads == 0)
        return fail(ErrorCode::kInvalidParameter, "faces, rounds and threads are at least 1");
    return Bench(options).run();
}

}  // namespace visavis::match
