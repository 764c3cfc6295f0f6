#include "ledger/journal_format.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/file.h"
#include "ledger/little_endian.h"

namespace visavis::ledger {
namespace {

constexpr std::string_view kSegmentMagic = "visavis-journal1";
constexpr std::string_view kGroupMagic = "VJG1";
constexpr std::size_t kGroupHeader =
    4 + 4 + 8 + 4 + sizeof(Sha256);  // magic, length, first index, count, checksum
constexpr std::size_t kChecksumAt = kGroupHeader - sizeof(Sha256);

}  // namespace

std::string segment_path(const std::string& directory, std::uint64_t first) {
    return fmt::format("{}/{:020}.journal", directory, first);
}

Result<std::vector<std::uint64_t>> segments_in(const std::string& directory) {
    std::error_code error;
    std::vector<std::uint64_t> firsts;
    for (const auto& item : std::filesystem::directory_iterator(directory, error)) {
        const std::string name = item.path().filename().string();
        std::uint64_t first{};
        const auto [end, wrong] = std::from_chars(name.data(), name.data() + name.size(), first);
        if (wrong == std::errc{} && fmt::format("{:020}.journal", first) == name) firsts.push_back(first);
    }
    if (error)
        return fail(ErrorCode::kInternal, fmt::format("cannot read `{}`: {}", directory, error.message()));
    std::ranges::sort(firsts);
    return firsts;
}

Bytes encode_segment_header(std::uint64_t first) {
    Bytes header(kSegmentMagic.begin(), kSegmentMagic.end());
    put(header, first);
    return header;
}

bool is_segment_header(ByteView bytes, std::uint64_t first) {
    return bytes.size() >= kSegmentHeader && as_text(bytes.first(kSegmentMagic.size())) == kSegmentMagic &&
           get<std::uint64_t>(bytes.subspan(kSegmentMagic.size())) == first;
}

Bytes encode_group(std::span<const JournalEntry> group, std::uint64_t first) {
    std::size_t length = 0;
    for (const auto& entry : group) length += 8 + entry.entry.size() + entry.openings.size();
    Bytes bytes(kGroupMagic.begin(), kGroupMagic.end());
    bytes.reserve(kGroupHeader + length);
    put(bytes, static_cast<std::uint32_t>(length));
    put(bytes, first);
    put(bytes, static_cast<std::uint32_t>(group.size()));
    bytes.resize(kGroupHeader);
    for (const auto& entry : group) {
        put(bytes, static_cast<std::uint32_t>(entry.entry.size()));
        put(bytes, static_cast<std::uint32_t>(entry.openings.size()));
        bytes.insert(bytes.end(), entry.entry.begin(), entry.entry.end());
        bytes.insert(bytes.end(), entry.openings.begin(), entry.openings.end());
    }
    const Sha256 checksum = sha256(bytes);  // over zeros where it will stand
    std::ranges::copy(checksum, bytes.begin() + kChecksumAt);
    return bytes;
}

std::optional<Group> decode_group(ByteView bytes) {
    if (bytes.size() < kGroupHeader || as_text(bytes.first(4)) != kGroupMagic) return std::nullopt;
    const std::size_t length = get<std::uint32_t>(bytes.subspan(4));
    if (length > bytes.size() - kGroupHeader) return std::nullopt;
    Sha256Stream stream;
    stream.update(bytes.first(kChecksumAt));
    stream.update(Sha256{});
    stream.update(bytes.subspan(kGroupHeader, length));
    if (!std::ranges::equal(stream.finish(), bytes.subspan(kChecksumAt, sizeof(Sha256)))) return std::nullopt;
    Group group{.first = get<std::uint64_t>(bytes.subspan(8)), .entries = {}, .bytes = kGroupHeader + length};
    ByteView rest = bytes.subspan(kGroupHeader, length);
    for (auto count = get<std::uint32_t>(bytes.subspan(16)); count > 0; --count) {
        if (rest.size() < 8) return std::nullopt;
        const std::size_t entry = get<std::uint32_t>(rest);
        const std::size_t openings = get<std::uint32_t>(rest.subspan(4));
        if (entry + openings > rest.size() - 8) return std::nullopt;
        const auto body = rest.subspan(8);
        group.entries.push_back({.entry = body.first(entry), .openings = body.subspan(entry, openings)});
        rest = body.subspan(entry + openings);
    }
    if (!rest.empty()) return std::nullopt;
    return group;
}

bool later_group_follows(ByteView bytes, std::uint64_t next) {
    const std::string_view text = as_text(bytes);
    for (auto at = text.find(kGroupMagic); at != std::string_view::npos; at = text.find(kGroupMagic, at + 1))
        if (const auto group = decode_group(bytes.subspan(at)); group && group->first >= next) return true;
    return false;
}

Result<MappedSegment> MappedSegment::open(const std::string& path) {
    const auto failure = [&] {
        const int code = errno;
        return fail(code == ENOENT ? ErrorCode::kNotFound : ErrorCode::kInternal,
                    fmt::format("cannot read `{}`: {}", path, std::strerror(code)));
    };
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return failure();
    struct stat status{};
    if (::fstat(file.get(), &status) != 0) return failure();
    MappedSegment segment;
    if (status.st_size == 0) return segment;
    const auto size = static_cast<std::size_t>(status.st_size);
    void* const data = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.get(), 0);
    if (data == MAP_FAILED) return failure();
    ::madvise(data, size, MADV_SEQUENTIAL);
    segment.data_ = static_cast<const std::uint8_t*>(data);
    segment.size_ = size;
    return segment;
}

MappedSegment::MappedSegment(MappedSegment&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedSegment& MappedSegment::operator=(MappedSegment&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
}

MappedSegment::~MappedSegment() {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): munmap wants what mmap gave, which is read only
    if (data_ != nullptr) ::munmap(const_cast<std::uint8_t*>(data_), size_);
}

}  // namespace visavis::ledger
