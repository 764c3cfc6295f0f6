// A collection as one sealed file, to be taken to another server: docs/formats/archive.md. Nothing in it but
// the sizes of its parts can be read without the passphrase or key file. Both sides stream: memory holds one
// part of about a megabyte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/error.h"
#include "store/faces.h"
#include "store/tags.h"
#include "store/users.h"

namespace visavis::store {

/// What an archive is sealed with: a passphrase of at least 12 bytes, or the content of a key file of at
/// least 32.
struct ArchiveSecret {
    enum class Kind : std::uint8_t { kPassphrase = 1, kKeyFile = 2 };
    Kind kind{Kind::kPassphrase};
    Bytes content;
};

inline constexpr std::size_t kLeastPassphrase = 12;
inline constexpr std::size_t kLeastKeyFile = 32;

struct ArchivedCollection {
    std::string id;  ///< CollectionId that it had
    std::string model_version;
    std::size_t dimension{};
    std::string pack;  ///< name and version of the pack whose templates these are, for a person
    TimePoint created;
    TagMap tags;
    Bytes origin_key;  ///< Collections::origin_key()
    std::uint64_t faces{};
    std::uint64_t users{};
};

using ArchivedRecord = std::variant<ArchivedUser, ArchivedFace>;

/// Not thread-safe.
class ArchiveWriter {
  public:
    /// Begins the file; it takes its name in finish(). kAlreadyExists if there is a file of this name,
    /// kInvalidParameter for a secret that is too short, kUnavailable if it cannot be written.
    static Result<std::unique_ptr<ArchiveWriter>> create(const std::string& path, const ArchiveSecret& secret,
                                                         const ArchivedCollection& collection);
    ArchiveWriter(const ArchiveWriter&) = delete;
    ArchiveWriter& operator=(const ArchiveWriter&) = delete;
    ~ArchiveWriter();  ///< leaves nothing behind unless finished

    /// A user comes before its faces. kUnavailable, naming the file.
    Result<void> add(const ArchivedRecord& record);

    /// Ends the file, syncs it and gives it its name. The SHA-256 of its bytes.
    Result<Sha256> finish();

  private:
    struct State;
    explicit ArchiveWriter(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// Not thread-safe.
class ArchiveReader {
  public:
    /// Opens and reads what the collection is. kNotFound (no such file), kInvalidParameter (no archive, a
    /// later format, another passphrase or key), kInternal (damaged or cut off); each names the file.
    static Result<std::unique_ptr<ArchiveReader>> open(const std::string& path, const ArchiveSecret& secret);
    ArchiveReader(const ArchiveReader&) = delete;
    ArchiveReader& operator=(const ArchiveReader&) = delete;
    ~ArchiveReader();

    [[nodiscard]] const ArchivedCollection& collection() const noexcept;

    /// The next record; nothing at the end, and then the whole file was there, unaltered. kInternal as above.
    /// What was read before an error is genuine.
    Result<std::optional<ArchivedRecord>> next();

    /// SHA-256 of the whole file; to be called at the end.
    [[nodiscard]] Sha256 digest();

  private:
    struct State;
    explicit ArchiveReader(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace visavis::store
