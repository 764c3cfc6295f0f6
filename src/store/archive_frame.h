// The frame of an archive: its header, and how each part is sealed. docs/formats/archive.md.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/error.h"
#include "keys/passphrase.h"
#include "keys/seal.h"
#include "store/archive.h"

namespace visavis::store::archive {

inline constexpr std::size_t kHeaderBytes = 128;
inline constexpr std::size_t kPartBytes = std::size_t{1} << 20U;  ///< a part is closed when it has as many

/// Longest sealed part that is read: a part and one more record.
inline constexpr std::size_t kMostPartBytes = kPartBytes + (std::size_t{1} << 18U);

/// In the length of a sealed part: no other follows.
inline constexpr std::uint32_t kLastPart = 1U << 31U;

using Header = std::array<std::uint8_t, kHeaderBytes>;

/// Seals or opens the parts of one archive in their order.
class Frame {
  public:
    /// Of a new archive, with its header. kInvalidParameter for a secret that is too short.
    static Result<Frame> make(const ArchiveSecret& secret, Header& header);

    /// Of the archive that begins with `header`; errors as ArchiveReader::open().
    static Result<Frame> open(const Header& header, const ArchiveSecret& secret, const std::string& path);

    [[nodiscard]] Bytes seal(ByteView part, bool last);
    /// kInternal if it is not the next part, or whether it is the last was not told truly.
    [[nodiscard]] Result<Bytes> open(ByteView sealed, bool last);

  private:
    Frame(const keys::SealKey& parts, ByteView salt) : parts_(parts), salt_(salt.begin(), salt.end()) {}
    [[nodiscard]] Bytes place(bool last) const;

    keys::SealKey parts_;
    Bytes salt_;
    std::uint64_t next_{0};
};

}  // namespace visavis::store::archive
