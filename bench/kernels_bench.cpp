// The kernels of a search, one by one, on data that fits the second-level cache: what the processor does when
// memory does not hold it up. Bytes a second are bytes of the scanned plane.
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "match/index/codes.h"
#include "match/index/segment.h"
#include "match/kernels/kernels.h"
#include "match/synthetic.h"

namespace {

using namespace visavis::match;

constexpr std::uint32_t kRows = 4096;

struct Scene {
    Scene(std::size_t dimension, std::size_t queries)
        : codec(dimension), segment(Segment::make(codec, false)) {
        SyntheticTemplates source(dimension, 1);
        std::vector<float> vector(dimension);
        Codec::RowCodes codes;
        for (std::size_t row = 0; row < kRows; ++row) {
            source.next(vector);
            codec.encode(vector, codes);
            segment->put(row, row, vector, {}, codes);
        }
        area = segment->area(false);
        batch.count = queries;
        interleaved.resize(codec.groups() * queries * kernels::kGroup);
        for (std::size_t i = 0; i < queries; ++i) {
            source.next(vector);
            sought.push_back(codec.encode_query(vector));
            batch.cuts[i] = codec.cut_of(sought.back());
            batch.cuts[i].cut = std::numeric_limits<float>::infinity();
            for (std::size_t group = 0; group < codec.groups(); ++group) {
                auto* out = interleaved.data() + (group * queries + i) * kernels::kGroup;
                std::memcpy(out, sought.back().low.data() + group * 4, 4);
                std::memcpy(out + 4, sought.back().high.data() + group * 4, 4);
            }
        }
        for (std::size_t i = 0; i < queries; ++i) {
            batch.low_codes[i] = sought[i].low.data();
            batch.high_codes[i] = sought[i].high.data();
        }
        batch.codes = interleaved.data();
    }

    Codec codec;
    std::unique_ptr<Segment> segment;
    std::vector<Codec::QueryCodes> sought;
    std::vector<std::int8_t> interleaved;
    kernels::Area area;
    kernels::Batch batch;
};

void BM_scan(benchmark::State& state, const kernels::Kernel& kernel, std::size_t dimension,
             std::size_t queries) {
    const Scene scene(dimension, queries);
    std::vector<kernels::Candidate> out(queries * kernels::kBlockRows);
    std::size_t found = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(kernel.scan(scene.area, 0, scene.batch, out.data(), out.size(), &found));
    }
    state.SetBytesProcessed(state.iterations() *
                            static_cast<std::int64_t>(scene.area.block_count * scene.codec.block_bytes()));
}

void BM_refine(benchmark::State& state, const kernels::Kernel& kernel, std::size_t dimension) {
    const Scene scene(dimension, 1);
    std::vector<kernels::Candidate> candidates;
    for (std::uint32_t row = 0; row < kRows; ++row) candidates.push_back({row * 1237U % kRows, 0, 1, 0});
    std::vector<std::int32_t> sums(candidates.size());
    for (auto _ : state) {
        kernel.refine(scene.area, scene.batch, candidates.data(), candidates.size(), sums.data());
        benchmark::DoNotOptimize(sums.data());
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(candidates.size()));
}

void BM_encode(benchmark::State& state, std::size_t dimension) {
    const Codec codec(dimension);
    std::vector<float> vector(dimension);
    SyntheticTemplates(dimension, 1).next(vector);
    Codec::RowCodes codes;
    for (auto _ : state) {
        codec.encode(vector, codes);
        benchmark::DoNotOptimize(codes.scale);
    }
}

}  // namespace

int main(int argc, char** argv) {
    for (const std::size_t dimension : {128UL, 512UL}) {
        const std::string numbers = "/" + std::to_string(dimension);
        for (const auto* kernel = kernels::available(); *kernel != nullptr; ++kernel) {
            for (const std::size_t queries : {1UL, 8UL})
                benchmark::RegisterBenchmark(
                    ("scan/" + std::string((*kernel)->name) + numbers + "/queries:" + std::to_string(queries))
                        .c_str(),
                    BM_scan, **kernel, dimension, queries);
            benchmark::RegisterBenchmark(("refine/" + std::string((*kernel)->name) + numbers).c_str(),
                                         BM_refine, **kernel, dimension);
        }
        benchmark::RegisterBenchmark(("encode" + numbers).c_str(), BM_encode, dimension);
    }
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
}
