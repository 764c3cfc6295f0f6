// Faces, as the store keeps them: what Rekognition calls a Face, and the template.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/error.h"
#include "store/collections.h"

namespace visavis::store {

/// Ratios of the displayed image.
struct Box {
    float left{};
    float top{};
    float width{};
    float height{};
};

struct Face {
    std::uint64_t row{};   ///< rises with every face added; never used again. The index names faces by it
    std::string face_id;   ///< lower-case UUID
    std::string image_id;  ///< lower-case UUID
    std::optional<std::string> external_image_id;
    Box box;
    float confidence{};                  ///< 0…100
    std::optional<std::string> user_id;  ///< the user it is associated with
};

/// A template and its two numbers of score normalisation (match/score.h; 1 and 0: none).
struct StoredTemplate {
    std::uint64_t row{};
    std::vector<float> vector;
    float weight{1};
    float offset{0};
};

struct NewFace {
    std::string face_id;
    std::string image_id;
    std::uint32_t ordinal{};  ///< which face of its image
    Box box;
    float confidence{};
    std::vector<float> vector;
    float weight{1};
    float offset{0};
};

/// Where faces come from: the same image under the same external id is indexed once.
struct ImageOrigin {
    Sha256 image{};  ///< of the image's bytes
    std::optional<std::string> external_image_id;
};

struct KnownFace {
    std::uint32_t ordinal{};
    Face face;
};

/// A face with all that makes it the same face in another collection or store.
struct ArchivedFace {
    Face face;                ///< its row is of no meaning elsewhere
    Bytes origin;             ///< 32 bytes: where it comes from, under the collection's origin key
    std::uint32_t ordinal{};  ///< which face of its image
    TimePoint last_interaction;
    std::optional<std::string> case_id;  ///< that brought it in
    std::vector<float> vector;
    float weight{1};
    float offset{0};
};

/// A template's new numbers of score normalisation.
struct NewNormalisation {
    std::uint64_t row{};
    float weight{1};
    float offset{0};
};

/// Which faces to list; both empty: all.
struct FaceFilter {
    std::optional<std::string> user_id;
    std::vector<std::string> face_ids;
};

class Faces {
  public:
    Faces() = default;
    Faces(const Faces&) = delete;
    Faces& operator=(const Faces&) = delete;
    virtual ~Faces() = default;

    /// One for each id, in their order; nothing where the collection has no such face.
    [[nodiscard]] virtual Result<std::vector<std::optional<Face>>> find(
        CollectionKey collection, std::span<const std::string> face_ids) const = 0;

    /// The same by row.
    [[nodiscard]] virtual Result<std::vector<std::optional<Face>>> find_rows(
        CollectionKey collection, std::span<const std::uint64_t> rows) const = 0;

    /// The faces that came from this image, by ordinal.
    [[nodiscard]] virtual Result<std::vector<KnownFace>> of_image(CollectionKey collection,
                                                                  const ImageOrigin& origin) const = 0;

    /// The id that all faces of this image share; another one in every collection.
    [[nodiscard]] virtual Result<std::string> image_id(CollectionKey collection,
                                                       const ImageOrigin& origin) const = 0;

    /// At most `most` faces with a row above `after`, by row.
    [[nodiscard]] virtual Result<std::vector<Face>> list(CollectionKey collection, const FaceFilter& filter,
                                                         std::uint64_t after, std::size_t most) const = 0;

    /// Templates of at most `most` faces with a row above `after`, by row.
    [[nodiscard]] virtual Result<std::vector<StoredTemplate>> templates(CollectionKey collection,
                                                                        std::uint64_t after,
                                                                        std::size_t most) const = 0;

    /// Templates of these rows, in their order; kNotFound if one is missing.
    [[nodiscard]] virtual Result<std::vector<StoredTemplate>> templates_of(
        CollectionKey collection, std::span<const std::uint64_t> rows) const = 0;

    /// Rows of all faces, ascending.
    [[nodiscard]] virtual Result<std::vector<std::uint64_t>> rows(CollectionKey collection) const = 0;

    /// At most `most` faces with a row above `after`, by row, with their templates.
    [[nodiscard]] virtual Result<std::vector<ArchivedFace>> archived(CollectionKey collection,
                                                                     std::uint64_t after,
                                                                     std::size_t most) const = 0;

    /// Adds such faces, associated with the users that they name, in the order given. Errors of add() and
    /// set_user().
    virtual Result<void> add_archived(CollectionKey collection, std::span<const ArchivedFace> faces) = 0;

    /// The faces as they are kept now, in the order given. kConflict if one of them (image, ordinal) or one
    /// of the ids is there already; kNotFound if the collection is gone.
    virtual Result<std::vector<Face>> add(CollectionKey collection, const ImageOrigin& origin,
                                          std::span<const NewFace> faces) = 0;

    /// Replaces the normalisation of templates; the templates stay. kNotFound if a row is missing.
    virtual Result<void> set_normalisation(CollectionKey collection,
                                           std::span<const NewNormalisation> pairs) = 0;

    /// Removes those that are there; gives how many. Their bytes are overwritten in the file, and leave the
    /// write-ahead log within a minute.
    virtual Result<std::size_t> remove(CollectionKey collection, std::span<const std::uint64_t> rows) = 0;

    /// Associates faces with a user, or with none; kNotFound if a row or the user is missing.
    virtual Result<void> set_user(CollectionKey collection, std::span<const std::uint64_t> rows,
                                  const std::optional<std::string>& user_id) = 0;
};

}  // namespace visavis::store
