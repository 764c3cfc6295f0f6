#include "match/index/segment.h"

#include <algorithm>
#include <cstring>

#include <sys/mman.h>

namespace visavis::match {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kHugePage = 2UL * 1024 * 1024;

struct Layout {
    std::size_t blocks, low, vectors, weights, offsets, keys, bytes;
};

Layout layout_of(const Codec& codec) {
    Layout layout{};
    std::size_t end = 0;
    const auto place = [&end](std::size_t bytes) {
        const std::size_t start = end;
        end += (bytes + kPage - 1) / kPage * kPage;
        return start;
    };
    layout.blocks = place(Segment::kScanBlocks * codec.block_bytes());
    layout.low = place(Segment::kRows * codec.low_bytes());
    layout.vectors = place(Segment::kRows * codec.dimension() * sizeof(float));
    layout.weights = place(Segment::kRows * sizeof(float));
    layout.offsets = place(Segment::kRows * sizeof(float));
    layout.keys = place(Segment::kRows * sizeof(std::uint64_t));
    layout.bytes = end;
    return layout;
}

template <typename T>
std::span<std::uint8_t> bytes_of(T* from, std::size_t count) {
    return {reinterpret_cast<std::uint8_t*>(from), count * sizeof(T)};
}

}  // namespace

std::unique_ptr<Segment> Segment::make(const Codec& codec, bool huge) {
    // One huge page more than needed, to start at a multiple of it.
    const std::size_t bytes = layout_of(codec).bytes + kHugePage;
    void* memory =
        ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return nullptr;
    ::madvise(memory, bytes, MADV_DONTDUMP);
    ::madvise(memory, bytes, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    return std::unique_ptr<Segment>(new Segment(codec, static_cast<std::uint8_t*>(memory), bytes));
}

Segment::Segment(const Codec& codec, std::uint8_t* memory, std::size_t bytes)
    : codec_(codec), memory_(memory), bytes_(bytes) {
    const Layout layout = layout_of(codec);
    std::uint8_t* start =
        memory + (kHugePage - reinterpret_cast<std::uintptr_t>(memory) % kHugePage) % kHugePage;
    blocks_ = start + layout.blocks;
    low_ = start + layout.low;
    vectors_ = reinterpret_cast<float*>(start + layout.vectors);
    weights_ = reinterpret_cast<float*>(start + layout.weights);
    offsets_ = reinterpret_cast<float*>(start + layout.offsets);
    keys_ = reinterpret_cast<std::uint64_t*>(start + layout.keys);
}

Segment::~Segment() {
    ::munmap(memory_, bytes_);
}

void Segment::put(std::size_t slot, std::uint64_t key, std::span<const float> vector,
                  Normalisation normalisation, const Codec::RowCodes& codes) {
    use(slot + 1);
    keys_[slot] = key;
    weights_[slot] = normalisation.weight;
    offsets_[slot] = normalisation.offset;
    std::ranges::copy(vector, vectors_ + slot * codec_.dimension());
    std::ranges::copy(codes.low, low_ + slot * codec_.low_bytes());
    std::uint8_t* block = scan_block(slot / kernels::kBlockRows);
    const std::size_t row = slot % kernels::kBlockRows;
    for (std::size_t group = 0; group < codec_.groups(); ++group)
        std::memcpy(block + kernels::kHeadBytes + group * kernels::kGroupBytes + row * 4,
                    codes.high.data() + group * 4, 4);
    block[kernels::kBlockRows + row] = codes.slack;
    block[row] = codes.scale;
}

void Segment::clear(std::size_t slot) {
    std::uint8_t* block = scan_block(slot / kernels::kBlockRows);
    const std::size_t row = slot % kernels::kBlockRows;
    block[row] = 0;
    block[kernels::kBlockRows + row] = 0;
    for (std::size_t group = 0; group < codec_.groups(); ++group)
        std::memset(block + kernels::kHeadBytes + group * kernels::kGroupBytes + row * 4, 0, 4);
    std::memset(low_ + slot * codec_.low_bytes(), 0, codec_.low_bytes());
    std::fill_n(vectors_ + slot * codec_.dimension(), codec_.dimension(), 0.0F);
    weights_[slot] = 0;
    offsets_[slot] = 0;
    keys_[slot] = 0;
}

void Segment::prefetch(std::size_t slot) const noexcept {
    const auto* bytes = reinterpret_cast<const char*>(vector(slot).data());
    for (std::size_t at = 0; at < codec_.dimension() * sizeof(float); at += 64)
        __builtin_prefetch(bytes + at);
    __builtin_prefetch(keys_ + slot);
    __builtin_prefetch(weights_ + slot);
    __builtin_prefetch(offsets_ + slot);
}

kernels::Area Segment::area(bool weighted) const noexcept {
    return {.blocks = blocks_,
            .block_count = (used_ + kernels::kBlockRows - 1) / kernels::kBlockRows,
            .groups = codec_.groups(),
            .low = low_,
            .weights = weighted ? weights_ : nullptr,
            .offsets = weighted ? offsets_ : nullptr};
}

Segment::Planes Segment::planes(std::size_t first, std::size_t count) noexcept {
    return {{bytes_of(keys_ + first, count), bytes_of(weights_ + first, count),
             bytes_of(offsets_ + first, count),
             bytes_of(scan_block(first / kernels::kBlockRows),
                      count / kernels::kBlockRows * codec_.block_bytes()),
             bytes_of(low_ + first * codec_.low_bytes(), count * codec_.low_bytes()),
             bytes_of(vectors_ + first * codec_.dimension(), count * codec_.dimension())}};
}

std::size_t Segment::row_bytes(const Codec& codec) noexcept {
    return sizeof(std::uint64_t) + 2 * sizeof(float) + codec.block_bytes() / kernels::kBlockRows +
           codec.low_bytes() + codec.dimension() * sizeof(float);
}

}  // namespace visavis::match
