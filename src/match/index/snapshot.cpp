#include "match/index/snapshot.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/random.h"
#include "match/index/block_cipher.h"

namespace visavis::match {
namespace {

constexpr std::string_view kMagic = "VISAVIDX";
constexpr std::uint32_t kFormat = 1;
constexpr std::size_t kPage = 4096;
constexpr std::size_t kBlocksStart = 2 * kPage;
constexpr std::size_t kSignedBytes = 96;
constexpr std::size_t kHeaderBytes = 128;
constexpr std::size_t kFileIdBytes = 16;

template <typename T>
void put(Bytes& bytes, T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

template <typename T>
T take(ByteView bytes, std::size_t at) {
    T value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) value = static_cast<T>(value | T{bytes[at + i]} << (8 * i));
    return value;
}

Sha256 derived_key(ByteView key, std::string_view purpose, ByteView context) {
    Bytes message(purpose.begin(), purpose.end());
    message.insert(message.end(), context.begin(), context.end());
    return hmac_sha256(key, message);
}

bool read_fully(int fd, std::span<std::uint8_t> into, std::size_t at) {
    while (!into.empty()) {
        const ssize_t count = ::pread(fd, into.data(), into.size(), static_cast<off_t>(at));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        into = into.subspan(static_cast<std::size_t>(count));
        at += static_cast<std::size_t>(count);
    }
    return true;
}

bool write_fully(int fd, ByteView from, std::size_t at) {
    while (!from.empty()) {
        const ssize_t count = ::pwrite(fd, from.data(), from.size(), static_cast<off_t>(at));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return false;
        from = from.subspan(static_cast<std::size_t>(count));
        at += static_cast<std::size_t>(count);
    }
    return true;
}

Bytes associated(ByteView file_id, std::size_t block) {
    Bytes data(file_id.begin(), file_id.end());
    put<std::uint64_t>(data, block);
    return data;
}

}  // namespace

SnapshotFile::SnapshotFile(Identity identity, FileDescriptor file, Header header)
    : identity_(std::move(identity)),
      file_(std::move(file)),
      header_(std::move(header)),
      block_key_(derived_key(identity_.key, "visavis index blocks 1", header_.file_id)) {}

std::size_t SnapshotFile::plain_bytes() const noexcept {
    return kFileBlockRows * Segment::row_bytes(identity_.codec);
}

std::size_t SnapshotFile::stride() const noexcept {
    return (BlockCipher::kHeadBytes + plain_bytes() + kPage - 1) / kPage * kPage;
}

Sha256 SnapshotFile::header_key() const {
    return derived_key(identity_.key, "visavis index header 1", {});
}

std::unexpected<Error> SnapshotFile::unavailable(std::string_view what) const {
    return fail(ErrorCode::kUnavailable, fmt::format("index file `{}` cannot be {}: {}", identity_.path, what,
                                                     std::generic_category().message(errno)));
}

Bytes SnapshotFile::encoded(const Header& header) const {
    Bytes bytes(kMagic.begin(), kMagic.end());
    put<std::uint32_t>(bytes, kFormat);
    put<std::uint32_t>(bytes, static_cast<std::uint32_t>(identity_.codec.dimension()));
    put<std::uint32_t>(bytes, kFileBlockRows);
    put<std::uint32_t>(bytes, header.settled ? 1 : 0);
    put<std::uint64_t>(bytes, header.sequence);
    put<std::uint64_t>(bytes, header.generation);
    put<std::uint64_t>(bytes, header.blocks);
    bytes.insert(bytes.end(), header.file_id.begin(), header.file_id.end());
    const Sha256 model = sha256(as_bytes(identity_.model));
    bytes.insert(bytes.end(), model.begin(), model.end());
    const Sha256 mac = hmac_sha256(header_key(), bytes);
    bytes.insert(bytes.end(), mac.begin(), mac.end());
    bytes.resize(kPage);
    return bytes;
}

SnapshotFile::Opening SnapshotFile::open(Identity identity) {
    FileDescriptor file(::open(identity.path.c_str(), O_RDWR | O_CLOEXEC));
    if (!file) {
        if (errno == ENOENT) return {Trouble::kMissing, "there is no index file", nullptr};
        return {Trouble::kSystem,
                fmt::format("index file `{}` cannot be opened: {}", identity.path,
                            std::generic_category().message(errno)),
                nullptr};
    }
    SnapshotFile snapshot(std::move(identity), std::move(file), {});
    const auto& codec = snapshot.identity_.codec;
    std::string reason =
        fmt::format("index file `{}` has no whole header for this key", snapshot.identity_.path);
    bool foreign = false;
    for (const std::size_t slot : {0UL, 1UL}) {
        Bytes bytes(kHeaderBytes);
        if (!read_fully(snapshot.file_.get(), bytes, slot * kPage)) continue;
        const ByteView view(bytes);
        const Sha256 mac = hmac_sha256(snapshot.header_key(), view.first(kSignedBytes));
        if (!equal_in_constant_time(mac, view.subspan(kSignedBytes))) continue;
        if (as_text(view.first(kMagic.size())) != kMagic || take<std::uint32_t>(view, 8) != kFormat ||
            take<std::uint32_t>(view, 16) != kFileBlockRows) {
            reason = fmt::format("index file `{}` has format {}; expected {}", snapshot.identity_.path,
                                 take<std::uint32_t>(view, 8), kFormat);
            continue;
        }
        Header header{.settled = take<std::uint32_t>(view, 20) == 1,
                      .sequence = take<std::uint64_t>(view, 24),
                      .generation = take<std::uint64_t>(view, 32),
                      .blocks = take<std::uint64_t>(view, 40),
                      .file_id = Bytes(view.begin() + 48, view.begin() + 48 + kFileIdBytes)};
        if (!snapshot.header_.file_id.empty() && header.sequence < snapshot.header_.sequence) continue;
        foreign = take<std::uint32_t>(view, 12) != codec.dimension() ||
                  !std::ranges::equal(sha256(as_bytes(snapshot.identity_.model)), view.subspan(64, 32));
        snapshot.header_ = std::move(header);
    }
    if (snapshot.header_.file_id.empty()) return {Trouble::kUnreadable, reason, nullptr};
    if (foreign)
        return {Trouble::kForeign,
                fmt::format("index file `{}` belongs to another model", snapshot.identity_.path), nullptr};
    auto opened = std::unique_ptr<SnapshotFile>(new SnapshotFile(
        std::move(snapshot.identity_), std::move(snapshot.file_), std::move(snapshot.header_)));
    return {Trouble::kNone, "", std::move(opened)};
}

Result<SnapshotFile> SnapshotFile::create(Identity identity, std::size_t blocks, const BlockPlanes& planes,
                                          std::uint64_t generation) {
    const std::string temporary = fmt::format("{}.{}.tmp", identity.path, to_hex(random_bytes(6)));
    FileDescriptor file(::open(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    SnapshotFile snapshot(std::move(identity), std::move(file), {.file_id = random_bytes(kFileIdBytes)});
    if (!snapshot.file_) return snapshot.unavailable("created");
    const auto written = [&]() -> Result<void> {
        Bytes buffer;
        for (std::size_t block = 0; block < blocks; ++block)
            if (auto done = snapshot.write_block(block, planes(block), buffer); !done) return done;
        if (auto done = snapshot.settle(blocks, generation); !done) return done;
        if (::rename(temporary.c_str(), snapshot.identity_.path.c_str()) != 0)
            return snapshot.unavailable("replaced");
        return {};
    }();
    if (!written) {
        ::unlink(temporary.c_str());
        return std::unexpected(written.error());
    }
    const auto parent = std::filesystem::path(snapshot.identity_.path).parent_path();
    if (auto synced = sync_directory(parent.empty() ? "." : parent.string()); !synced)
        return std::unexpected(synced.error());
    return snapshot;
}

bool SnapshotFile::read_block(std::size_t block, const Segment::Planes& planes, Bytes& buffer) const {
    buffer.resize(BlockCipher::kHeadBytes + plain_bytes());
    if (read_fully(file_.get(), buffer, kBlocksStart + block * stride()) &&
        BlockCipher(block_key_).open(buffer, associated(header_.file_id, block), planes.part))
        return true;
    for (const auto& part : planes.part) std::ranges::fill(part, std::uint8_t{0});
    return false;
}

Result<void> SnapshotFile::write_block(std::size_t block, const Segment::Planes& planes, Bytes& buffer) {
    buffer.assign(stride(), 0);
    BlockCipher(block_key_).seal(planes.part, associated(header_.file_id, block), buffer);
    if (!write_fully(file_.get(), buffer, kBlocksStart + block * stride())) return unavailable("written");
    return {};
}

Result<void> SnapshotFile::sync() {
    if (::fdatasync(file_.get()) != 0) return unavailable("synced");
    return {};
}

Result<void> SnapshotFile::write_header(Header header) {
    header.sequence = header_.sequence + 1;
    if (!write_fully(file_.get(), encoded(header), header.sequence % 2 * kPage))
        return unavailable("written");
    if (auto synced = sync(); !synced) return synced;
    header_ = std::move(header);
    return {};
}

Result<void> SnapshotFile::unsettle() {
    if (!header_.settled) return {};
    Header header = header_;
    header.settled = false;
    return write_header(std::move(header));
}

Result<void> SnapshotFile::write_blocks(std::span<const std::size_t> blocks, const BlockPlanes& planes) {
    Bytes buffer;
    for (const std::size_t block : blocks)
        if (auto written = write_block(block, planes(block), buffer); !written) return written;
    return sync();
}

Result<void> SnapshotFile::settle(std::size_t blocks, std::uint64_t generation) {
    if (auto synced = sync(); !synced) return synced;
    Header header = header_;
    header.settled = true;
    header.blocks = blocks;
    header.generation = generation;
    return write_header(std::move(header));
}

void SnapshotFile::remove() const noexcept {
    ::unlink(identity_.path.c_str());
}

}  // namespace visavis::match
