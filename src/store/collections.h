// Collections, as the store keeps them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/error.h"

namespace visavis::store {

/// The store's own name of a collection; never given to another one, not even after it is removed.
enum class CollectionKey : std::int64_t {};

struct Collection {
    CollectionKey key{};
    std::string account;        ///< twelve digits
    std::string id;             ///< CollectionId, unique within the account, case-sensitive
    std::string uid;            ///< UUID; names derived files
    std::string model_version;  ///< whose templates it holds; fixed
    std::size_t dimension{};    ///< numbers in a template; fixed
    TimePoint created;
    std::uint64_t faces{};
    std::uint64_t users{};
    std::uint64_t face_generation{};  ///< changes with every change of the faces' templates
    std::uint64_t user_generation{};  ///< changes with every change of the users' templates
    std::string owner;                ///< principal that made it; empty: not known
};

struct NewCollection {
    std::string account;
    std::string id;
    std::string model_version;
    std::size_t dimension{};
    TimePoint created;
    std::string owner{};
};

class Collections {
  public:
    Collections() = default;
    Collections(const Collections&) = delete;
    Collections& operator=(const Collections&) = delete;
    virtual ~Collections() = default;

    /// Nothing if the account has no such collection.
    [[nodiscard]] virtual Result<std::optional<Collection>> find(std::string_view account,
                                                                 std::string_view id) const = 0;

    /// At most `most` collections of the account with a key above `after`, by key, which is the order of
    /// their creation: a page token can hold a key, but not an id of 255 characters.
    [[nodiscard]] virtual Result<std::vector<Collection>> list(std::string_view account, CollectionKey after,
                                                               std::size_t most) const = 0;

    /// Those of every account.
    [[nodiscard]] virtual Result<std::vector<Collection>> all() const = 0;

    /// 32 bytes that encrypt files derived from the collection, other than the key of its rows. kNotFound.
    [[nodiscard]] virtual Result<Bytes> file_key(CollectionKey key) const = 0;

    /// kAlreadyExists if the account has a collection of this id.
    virtual Result<Collection> create(const NewCollection& collection) = 0;

    /// With its faces, users and tags. kNotFound.
    virtual Result<void> remove(CollectionKey key) = 0;
};

}  // namespace visavis::store
