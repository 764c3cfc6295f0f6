// Labelled photographs, and what a set of them is made of.
//
// No figure of this layer exists without a Composition: see rate.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "audit/template_cache.h"
#include "base/error.h"

namespace visavis::audit {

struct GroupCount {
    std::string group;  ///< values of the label columns joined by ` / `; `unlabelled` where all are empty
    std::uint64_t people{};
    std::uint64_t pictures{};
    std::uint64_t no_face{};    ///< pictures in which no face was found
    std::uint64_t undecoded{};  ///< pictures that could not be decoded
};

/// What a data set is made of; reports print it wherever a figure of the set stands.
struct Composition {
    std::string name;
    std::string hash;    ///< SHA-256 over the sorted lines `SHA-256 of picture, person, group`
    std::string labels;  ///< who says what group a person is of; as the user states it
    std::vector<std::string> label_columns;
    std::uint64_t people{};
    std::uint64_t pictures{};
    std::vector<GroupCount> groups;  ///< by name
};

/// Which face of a picture is the person's.
enum class FaceChoice {
    kLargest,  ///< as Rekognition's operations do
    kCentral,  ///< nearest to the middle: sets cut around their subject, with bystanders that may be larger
               ///< (LFW)
};

struct LabelledPicture {
    std::string file;   ///< as the table names it
    std::string path;   ///< where it lies
    std::string photo;  ///< pictures of one person with the same value are the same photograph; may be empty
    std::uint32_t person{};
    std::uint32_t group{};
    const PictureRecord* record{};  ///< set by recognise_set()
    const FaceRecord* face{};       ///< nullptr: no face found
};

struct DataSet {
    std::vector<std::string> people;  ///< by index, sorted by name
    /// People whose name is their picture's file name and nothing else: `0001` of two folders is not one
    /// person. The others are named by a table or by a folder of their own.
    std::set<std::uint32_t> named_by_file;
    std::vector<std::string> groups;  ///< by index, sorted by name
    std::vector<LabelledPicture> pictures;
    std::shared_ptr<const Composition> composition;  ///< complete after recognise_set()

    std::string name;
    std::string labels;
    std::vector<std::string> label_columns;
};

struct DataSetSource {
    std::string name;    ///< for the report; empty: the folder's or table's name
    std::string people;  ///< CSV; its first column names the person; empty: no labels
    std::string photos;  ///< CSV with a column `file`, or a folder; empty: `people` has the column `file`
    std::vector<std::string> group_by;  ///< label columns; empty: of `race`, `ethnicity`, `country`, then
                                        ///< `gender`, `sex` those that there are
    std::string labels;                 ///< who made the labels
    std::string root;                   ///< folder in which the tables' files are looked for first
};

/// The pictures that `source` names. Files of a CSV are looked for beside it, then in the folder above. A
/// folder is searched for JPEG and PNG files; in a folder of folders each folder is a person, else each file
/// is. Sorted by file. kNotFound or kInvalidParameter naming table, line and value.
[[nodiscard]] Result<DataSet> read_data_set(const DataSetSource& source);

/// Whether person `a` of one set is person `b` of another: equal names that are not only their files'.
[[nodiscard]] bool one_person(const DataSet& set_of_a, std::uint32_t a, const DataSet& set_of_b,
                              std::uint32_t b);

/// Several sets as one: a set's name stands before each file and becomes its people's group; people are one
/// where one_person() says so. One set is given back as it is.
[[nodiscard]] DataSet merged(std::vector<DataSet> sets);

/// Gives each picture its record and face and completes the composition: what recognise_set() does once it
/// has the records. `records` in the order of the pictures; they must outlive `set`.
void complete_set(DataSet& set, FaceChoice choice, std::span<const PictureRecord* const> records);

/// Keeps the pictures for which `keep` holds, under another name, and completes the composition again.
template <typename Keep>
[[nodiscard]] DataSet part_of(const DataSet& set, std::string name, const Keep& keep);

/// Runs the pipeline (or takes from the cache) and completes the composition. `cache` must outlive `set`.
[[nodiscard]] Result<void> recognise_set(DataSet& set, FaceChoice choice, const face::Pipeline& pipeline,
                                         TemplateCache& cache, int threads, const Progress& progress);

/// Counts composition and hash of a set whose pictures have their records.
void compose(DataSet& set);

template <typename Keep>
DataSet part_of(const DataSet& set, std::string name, const Keep& keep) {
    DataSet part = set;
    std::erase_if(part.pictures, [&](const LabelledPicture& picture) { return !keep(picture); });
    part.name = std::move(name);
    compose(part);
    return part;
}

}  // namespace visavis::audit
