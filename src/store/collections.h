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
    std::string normaliser;           ///< names what made the templates' normalisation; empty: unknown
};

struct NewCollection {
    std::string account;
    std::string id;
    std::string model_version;
    std::size_t dimension{};
    TimePoint created;
    std::string owner{};
    std::string normaliser{};
    Bytes origin_key{};  ///< 32 bytes; empty: one of its own. See Collections::origin_key()
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

    /// 32 bytes that the origins of its faces are coded with. Given to a new collection, faces that were
    /// archived (Faces::archived()) are recognised there when their image is indexed again. kNotFound.
    [[nodiscard]] virtual Result<Bytes> origin_key(CollectionKey key) const = 0;

    /// Gives the collection to an account, under that id. kAlreadyExists if the account has one of this id;
    /// kNotFound.
    virtual Result<Collection> hand_to(CollectionKey key, std::string_view account, std::string_view id) = 0;

    /// Says what the normalisation of all its templates was made by. kNotFound.
    virtual Result<void> set_normaliser(CollectionKey key, std::string_view normaliser) = 0;

    /// kAlreadyExists if the account has a collection of this id.
    virtual Result<Collection> create(const NewCollection& collection) = 0;

    /// Removes at most `most` of its faces or, once it has none, of its users: what remove() takes away, in
    /// steps. How many; nothing if there is no such collection.
    virtual Result<std::size_t> empty(CollectionKey key, std::size_t most) = 0;

    /// With its faces, users and tags, in one step however many there are. kNotFound.
    virtual Result<void> remove(CollectionKey key) = 0;
};

}  // namespace visavis::store
