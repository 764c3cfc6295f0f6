// The index's file: docs/formats/index.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "match/index/codes.h"
#include "match/index/segment.h"

namespace visavis::match {

inline constexpr std::size_t kFileBlockRows = 256;

/// Where the planes of a block of rows lie in memory.
using BlockPlanes = std::function<Segment::Planes(std::size_t block)>;

/// An open file that mirrors an index. Not thread-safe, but for read_block().
class SnapshotFile {
  public:
    struct Identity {
        std::string path;
        Bytes key;
        std::string model;
        Codec codec;
    };

    enum class Trouble { kNone, kMissing, kUnreadable, kForeign, kSystem };
    struct Opening;

    /// Opens the file and reads its header. kMissing: no file; kUnreadable: no whole header of this key and
    /// format; kForeign: of another model or dimension; kSystem: refused by the system. Says why.
    static Opening open(Identity identity);

    /// Writes `blocks` blocks to a new file and puts it in the place of any old one, settled at `generation`.
    /// kUnavailable, naming the file, if that fails; the old file then stays.
    static Result<SnapshotFile> create(Identity identity, std::size_t blocks, const BlockPlanes& planes,
                                       std::uint64_t generation);

    [[nodiscard]] std::uint64_t generation() const noexcept { return header_.generation; }
    [[nodiscard]] bool settled() const noexcept { return header_.settled; }
    [[nodiscard]] std::size_t blocks() const noexcept { return header_.blocks; }

    /// Decrypts a block into `planes`; false, leaving zeros, if it is torn, altered or beyond the file's end.
    /// May be called from several threads.
    [[nodiscard]] bool read_block(std::size_t block, const Segment::Planes& planes, Bytes& buffer) const;

    /// Says on disk that blocks may be ahead of the generation. Nothing to do if that is said already.
    Result<void> unsettle();

    /// Encrypts and writes blocks, then syncs. The file must be unsettled; blocks beyond its end extend it.
    Result<void> write_blocks(std::span<const std::size_t> blocks, const BlockPlanes& planes);

    /// Says on disk that `blocks` blocks hold the rows of `generation`.
    Result<void> settle(std::size_t blocks, std::uint64_t generation);

    /// Removes the file: what cannot be kept right must not be found again.
    void remove() const noexcept;

  private:
    struct Header {
        bool settled{};
        std::uint64_t sequence{};
        std::uint64_t generation{};
        std::uint64_t blocks{};
        Bytes file_id;
    };

    SnapshotFile(Identity identity, FileDescriptor file, Header header);

    [[nodiscard]] std::size_t plain_bytes() const noexcept;
    [[nodiscard]] std::size_t stride() const noexcept;
    [[nodiscard]] Sha256 header_key() const;
    [[nodiscard]] Bytes encoded(const Header& header) const;
    Result<void> write_header(Header header);
    Result<void> write_block(std::size_t block, const Segment::Planes& planes, Bytes& buffer);
    Result<void> sync();
    [[nodiscard]] std::unexpected<Error> unavailable(std::string_view what) const;

    Identity identity_;
    FileDescriptor file_;
    Header header_;
    Sha256 block_key_{};
    std::string written_path_;  // of a new file until it takes its place
};

struct SnapshotFile::Opening {
    Trouble trouble{};
    std::string reason;
    std::unique_ptr<SnapshotFile> file;  ///< set if there is no trouble
};

}  // namespace visavis::match
