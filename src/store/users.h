// Users of a collection: a name, the faces associated with it and one template fused from them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "store/collections.h"
#include "store/faces.h"

namespace visavis::store {

struct User {
    std::uint64_t row{};  ///< rises with every user created; orders lists
    std::string user_id;  ///< unique within the collection
    std::uint64_t faces{};
    std::optional<std::uint64_t> template_row{};  ///< names the fused template; another one at every change
};

/// A fused template, before it has a row.
struct FusedTemplate {
    std::vector<float> vector;
    float weight{1};
    float offset{0};
};

/// A user with all that makes it the same user in another collection or store.
struct ArchivedUser {
    std::uint64_t row{};  ///< of no meaning elsewhere
    std::string user_id;
    TimePoint last_interaction;
    std::optional<std::string> case_id;  ///< that brought it in
    std::optional<FusedTemplate> fused;
};

class Users {
  public:
    Users() = default;
    Users(const Users&) = delete;
    Users& operator=(const Users&) = delete;
    virtual ~Users() = default;

    /// Nothing if the collection has no such user.
    [[nodiscard]] virtual Result<std::optional<User>> find(CollectionKey collection,
                                                           std::string_view user_id) const = 0;

    /// One for each template row, in their order; nothing where no user has that template.
    [[nodiscard]] virtual Result<std::vector<std::optional<User>>> find_templates(
        CollectionKey collection, std::span<const std::uint64_t> template_rows) const = 0;

    /// At most `most` users with a row above `after`, by row.
    [[nodiscard]] virtual Result<std::vector<User>> list(CollectionKey collection, std::uint64_t after,
                                                         std::size_t most) const = 0;

    /// At most `most` fused templates with a template row above `after`, by template row (`row` is that).
    [[nodiscard]] virtual Result<std::vector<StoredTemplate>> templates(CollectionKey collection,
                                                                        std::uint64_t after,
                                                                        std::size_t most) const = 0;

    /// Template rows of all users that have one, ascending.
    [[nodiscard]] virtual Result<std::vector<std::uint64_t>> template_rows(
        CollectionKey collection) const = 0;

    /// At most `most` users with a row above `after`, by row, with their templates; without the
    /// normalisation.
    [[nodiscard]] virtual Result<std::vector<ArchivedUser>> archived(CollectionKey collection,
                                                                     std::uint64_t after,
                                                                     std::size_t most) const = 0;

    /// Adds such users, without faces. Errors of create().
    virtual Result<void> add_archived(CollectionKey collection, std::span<const ArchivedUser> users) = 0;

    /// kAlreadyExists if the collection has this user; kNotFound if there is no such collection.
    virtual Result<User> create(CollectionKey collection, std::string_view user_id, TimePoint now) = 0;

    /// Its faces stay, associated with nobody. kNotFound.
    virtual Result<void> remove(CollectionKey collection, std::string_view user_id) = 0;

    /// Replaces the normalisation of fused templates, named by template row; the templates stay. kNotFound if
    /// one is missing.
    virtual Result<void> set_normalisation(CollectionKey collection,
                                           std::span<const NewNormalisation> pairs) = 0;

    /// Replaces the fused template, or takes it away; gives the user with its new template row. kNotFound.
    virtual Result<User> set_template(CollectionKey collection, std::string_view user_id,
                                      const std::optional<FusedTemplate>& fused) = 0;
};

}  // namespace visavis::store
