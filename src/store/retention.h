// How long faces may stay: each person's last interaction, and what a case brought in.
//
// A person is a user with all of its faces, or a face that belongs to no user: that is what the store knows
// of who is who. Every face that is added, and every user that is created, starts its clock at that moment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "store/collections.h"
#include "store/faces.h"
#include "store/users.h"

namespace visavis::store {

/// Who is due: faces of nobody, and users, whose faces go with them.
struct DueCount {
    std::uint64_t faces{};  ///< those of due users, too
    std::uint64_t users{};
};

/// The latest sweep of a collection.
struct Sweep {
    TimePoint at{};
    std::uint64_t faces{};  ///< that it removed
    std::uint64_t users{};
};

class Retention {
  public:
    Retention() = default;
    Retention(const Retention&) = delete;
    Retention& operator=(const Retention&) = delete;
    virtual ~Retention() = default;

    /// At most `most` faces without a user whose last interaction is not after `until`, oldest first.
    [[nodiscard]] virtual Result<std::vector<Face>> due_faces(CollectionKey collection, TimePoint until,
                                                              std::size_t most) const = 0;

    /// The same of users.
    [[nodiscard]] virtual Result<std::vector<User>> due_users(CollectionKey collection, TimePoint until,
                                                              std::size_t most) const = 0;

    [[nodiscard]] virtual Result<DueCount> count_due(CollectionKey collection, TimePoint until) const = 0;

    /// The earliest last interaction of anybody in the collection; nothing if it is empty.
    [[nodiscard]] virtual Result<std::optional<TimePoint>> oldest(CollectionKey collection) const = 0;

    /// Nothing if the collection was never swept.
    [[nodiscard]] virtual Result<std::optional<Sweep>> last_sweep(CollectionKey collection) const = 0;

    /// Collections that hold faces or users which the case brought in.
    [[nodiscard]] virtual Result<std::vector<CollectionKey>> collections_of_case(
        std::string_view case_id) const = 0;

    /// At most `most` of them.
    [[nodiscard]] virtual Result<std::vector<Face>> faces_of_case(CollectionKey collection,
                                                                  std::string_view case_id,
                                                                  std::size_t most) const = 0;
    [[nodiscard]] virtual Result<std::vector<User>> users_of_case(CollectionKey collection,
                                                                  std::string_view case_id,
                                                                  std::size_t most) const = 0;

    /// The people of these faces interacted at `now`: the faces, and the users that they belong to.
    virtual Result<void> renew(CollectionKey collection, std::span<const std::uint64_t> rows,
                               TimePoint now) = 0;

    /// The same of a user. One that is not there is no error.
    virtual Result<void> renew_user(CollectionKey collection, std::string_view user_id, TimePoint now) = 0;

    /// Faces and a user that came in under a case.
    virtual Result<void> set_case(CollectionKey collection, std::span<const std::uint64_t> rows,
                                  std::string_view case_id) = 0;
    virtual Result<void> set_case_of_user(CollectionKey collection, std::string_view user_id,
                                          std::string_view case_id) = 0;

    virtual Result<void> note_sweep(CollectionKey collection, const Sweep& sweep) = 0;
};

}  // namespace visavis::store
