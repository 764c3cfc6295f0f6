#include "audit/data_set.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "audit/csv.h"
#include "base/bytes.h"

namespace visavis::audit {
namespace {

namespace fs = std::filesystem;

constexpr const char* kUnlabelled = "unlabelled";

struct Row {
    std::string file;
    std::string path;
    std::string person;
    std::string photo;
    std::string group;
    bool named_by_file{};
};

bool is_picture(const fs::path& path) {
    std::string ending = path.extension().string();
    std::ranges::transform(ending, ending.begin(), [](unsigned char c) { return std::tolower(c); });
    return ending == ".jpg" || ending == ".jpeg" || ending == ".png";
}

/// Pictures below a folder; a person is the folder a picture lies in, or the picture itself.
Result<std::vector<Row>> rows_of_folder(const std::string& folder) {
    std::vector<Row> rows;
    std::error_code problem;
    for (fs::recursive_directory_iterator at(folder, problem), end; !problem && at != end;
         at.increment(problem))
        if (at->is_regular_file() && is_picture(at->path())) {
            const fs::path inside = fs::relative(at->path(), folder);
            const bool own_folder = inside.has_parent_path();
            rows.push_back(
                {.file = inside.string(),
                 .path = at->path().string(),
                 .person = own_folder ? inside.parent_path().filename().string() : inside.stem().string(),
                 .photo = {},
                 .group = {},
                 .named_by_file = !own_folder});
        }
    if (problem || !fs::is_directory(folder))
        return fail(ErrorCode::kNotFound, fmt::format("folder `{}` cannot be read", folder));
    if (rows.empty())
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("folder `{}` holds no JPEG or PNG file", folder));
    return rows;
}

Result<std::string> place_of(const std::string& root, const std::string& file, const CsvTable& table,
                             std::size_t line) {
    const fs::path beside = fs::path(table.path).parent_path();
    const fs::path first = root.empty() ? beside : fs::path(root);
    for (const fs::path& place : {first / file, beside / file, beside / ".." / file}) {
        std::error_code ignored;
        if (fs::is_regular_file(place, ignored)) return place.lexically_normal().string();
    }
    return fail(ErrorCode::kNotFound, fmt::format("`{}` line {}: no file `{}`", table.path, line, file));
}

std::vector<std::string> label_columns(const CsvTable& table) {
    std::vector<std::string> found;
    for (const auto& kinds : {std::vector<const char*>{"race", "ethnicity", "country"},
                              std::vector<const char*>{"gender", "sex"}})
        for (const char* name : kinds)
            if (table.column(name)) {
                found.emplace_back(name);
                break;
            }
    return found;
}

Result<std::string> group_of(const CsvTable& table, const std::vector<std::string>& row,
                             const std::vector<std::string>& columns) {
    std::vector<std::string> values;
    for (const std::string& name : columns) {
        const auto column = table.column(name);
        if (!column)
            return fail(ErrorCode::kInvalidParameter,
                        fmt::format("`{}` has no column `{}`, only {}", table.path, name,
                                    fmt::join(table.columns, ", ")));
        if (!row[*column].empty()) values.push_back(row[*column]);
    }
    return values.empty() ? std::string(kUnlabelled) : fmt::format("{}", fmt::join(values, " / "));
}

/// Pictures of a CSV; the person is the value of the column named like the people table's first, or the file.
Result<std::vector<Row>> rows_of_table(const CsvTable& photos, const std::string& person_column,
                                       const std::string& root) {
    const auto file = photos.column("file");
    if (!file)
        return fail(ErrorCode::kInvalidParameter, fmt::format("`{}` has no column `file`, only {}",
                                                              photos.path, fmt::join(photos.columns, ", ")));
    auto person = photos.column(person_column);
    for (const char* name : {"person", "subject"})
        if (!person) person = photos.column(name);
    const auto photo = photos.column("photo_group");
    std::vector<Row> rows;
    for (std::size_t i = 0; i < photos.rows.size(); ++i) {
        const auto& row = photos.rows[i];
        auto path = place_of(root, row[*file], photos, i + 2);
        if (!path) return std::unexpected(path.error());
        rows.push_back({.file = row[*file],
                        .path = std::move(*path),
                        .person = person ? row[*person] : row[*file],
                        .photo = photo ? row[*photo] : std::string(),
                        .group = {},
                        .named_by_file = !person});
    }
    return rows;
}

std::string hash_of(const DataSet& set) {
    std::vector<std::string> lines;
    for (const LabelledPicture& picture : set.pictures)
        lines.push_back(fmt::format("{},{},{}\n", to_hex(picture.record->picture), set.people[picture.person],
                                    set.groups[picture.group]));
    std::ranges::sort(lines);
    Sha256Stream stream;
    for (const std::string& line : lines) stream.update(as_bytes(line));
    return to_hex(stream.finish());
}

const FaceRecord* chosen(const PictureRecord& record, FaceChoice choice) {
    if (record.faces.empty()) return nullptr;
    if (choice == FaceChoice::kLargest) return &record.faces.front();
    return &*std::ranges::min_element(record.faces, {}, [](const FaceRecord& face) {
        const float x = face.face.box.left + face.face.box.width / 2 - 0.5F;
        const float y = face.face.box.top + face.face.box.height / 2 - 0.5F;
        return x * x + y * y;
    });
}

}  // namespace

Result<DataSet> read_data_set(const DataSetSource& source) {
    std::optional<CsvTable> people;
    if (!source.people.empty()) {
        auto table = CsvTable::read(source.people);
        if (!table) return std::unexpected(table.error());
        people = std::move(*table);
    }
    const bool own_table = source.photos.empty();
    if (own_table && !people)
        return fail(ErrorCode::kInvalidParameter, "neither photos nor people are named");

    Result<std::vector<Row>> rows;
    if (!own_table && fs::is_directory(source.photos)) {
        rows = rows_of_folder(source.photos);
    } else if (own_table) {
        rows = rows_of_table(*people, "", source.root);
    } else {
        const auto photos = CsvTable::read(source.photos);
        if (!photos) return std::unexpected(photos.error());
        rows = rows_of_table(*photos, people ? people->columns.front() : "person", source.root);
    }
    if (!rows) return std::unexpected(rows.error());

    DataSet set;
    set.name = source.name;
    if (set.name.empty()) set.name = fs::path(own_table ? source.people : source.photos).stem().string();
    set.labels = source.labels.empty() ? "not stated" : source.labels;
    std::map<std::string, std::string> group_of_person;
    if (people) {
        set.label_columns = source.group_by.empty() ? label_columns(*people) : source.group_by;
        const std::size_t key = own_table ? *people->column("file") : 0;
        for (const auto& row : people->rows) {
            auto group = group_of(*people, row, set.label_columns);
            if (!group) return std::unexpected(group.error());
            group_of_person.insert_or_assign(row[key], std::move(*group));
        }
    }
    std::set<std::string> names;
    std::set<std::string> named;  // by more than a file
    std::set<std::string> groups;
    for (Row& row : *rows) {
        const auto found = group_of_person.find(own_table ? row.file : row.person);
        row.group = found == group_of_person.end() ? kUnlabelled : found->second;
        names.insert(row.person);
        const bool in_table = !own_table && found != group_of_person.end();
        if (!row.named_by_file || in_table) named.insert(row.person);
        groups.insert(row.group);
    }
    set.people.assign(names.begin(), names.end());
    for (std::uint32_t person = 0; person < set.people.size(); ++person)
        if (!named.contains(set.people[person])) set.named_by_file.insert(person);
    set.groups.assign(groups.begin(), groups.end());
    const auto index = [](const std::vector<std::string>& all, const std::string& one) {
        return static_cast<std::uint32_t>(std::ranges::lower_bound(all, one) - all.begin());
    };
    std::ranges::sort(*rows, {}, &Row::file);
    for (Row& row : *rows)
        set.pictures.push_back({.file = row.file,
                                .path = row.path,
                                .photo = row.photo,
                                .person = index(set.people, row.person),
                                .group = index(set.groups, row.group),
                                .record = nullptr,
                                .face = nullptr});
    return set;
}

bool one_person(const DataSet& set_of_a, std::uint32_t a, const DataSet& set_of_b, std::uint32_t b) {
    if (&set_of_a == &set_of_b) return a == b;
    return !set_of_a.named_by_file.contains(a) && !set_of_b.named_by_file.contains(b) &&
           set_of_a.people[a] == set_of_b.people[b];
}

DataSet merged(std::vector<DataSet> sets) {
    if (sets.size() == 1) return std::move(sets.front());
    DataSet all;
    // Name, and the set whose alone it is: 0 where it means the same person in every set.
    using Person = std::pair<std::string, std::size_t>;
    std::map<Person, std::uint32_t> people;
    std::set<std::string> groups;
    const auto key = [&](std::size_t set, std::uint32_t person) {
        return Person(sets[set].people[person], sets[set].named_by_file.contains(person) ? set + 1 : 0);
    };
    for (std::size_t i = 0; i < sets.size(); ++i) {
        all.name += (all.name.empty() ? "" : " + ") + sets[i].name;
        for (std::uint32_t person = 0; person < sets[i].people.size(); ++person) people[key(i, person)];
        groups.insert(sets[i].name);
    }
    for (auto& [person, index] : people) {
        index = static_cast<std::uint32_t>(all.people.size());
        if (person.second > 0) all.named_by_file.insert(index);
        all.people.push_back(person.first);
    }
    all.groups.assign(groups.begin(), groups.end());
    all.labels = "the set a picture is from";
    all.label_columns = {"set"};
    for (std::size_t i = 0; i < sets.size(); ++i) {
        const auto group = static_cast<std::uint32_t>(std::ranges::lower_bound(all.groups, sets[i].name) -
                                                      all.groups.begin());
        for (LabelledPicture picture : sets[i].pictures) {
            picture.file = sets[i].name + "/" + picture.file;
            picture.person = people.at(key(i, picture.person));
            picture.group = group;
            all.pictures.push_back(std::move(picture));
        }
    }
    std::ranges::sort(all.pictures, {}, &LabelledPicture::file);
    return all;
}

void compose(DataSet& set) {
    auto composition = std::make_shared<Composition>();
    for (const std::string& group : set.groups)
        composition->groups.push_back(
            {.group = group, .people = 0, .pictures = 0, .no_face = 0, .undecoded = 0});
    std::set<std::pair<std::uint32_t, std::uint32_t>> of_groups;
    std::set<std::uint32_t> people;
    for (const LabelledPicture& picture : set.pictures) {
        GroupCount& count = composition->groups[picture.group];
        ++count.pictures;
        people.insert(picture.person);
        count.people += of_groups.emplace(picture.group, picture.person).second ? 1U : 0U;
        if (!picture.record->error.empty())
            ++count.undecoded;
        else if (picture.face == nullptr)
            ++count.no_face;
    }
    std::erase_if(composition->groups, [](const GroupCount& group) { return group.pictures == 0; });
    composition->name = set.name;
    composition->labels = set.labels;
    composition->label_columns = set.label_columns;
    composition->people = people.size();
    composition->pictures = set.pictures.size();
    composition->hash = hash_of(set);
    set.composition = std::move(composition);
}

void complete_set(DataSet& set, FaceChoice choice, std::span<const PictureRecord* const> records) {
    for (std::size_t i = 0; i < set.pictures.size(); ++i) {
        set.pictures[i].record = records[i];
        set.pictures[i].face = chosen(*records[i], choice);
    }
    compose(set);
}

Result<void> recognise_set(DataSet& set, FaceChoice choice, const face::Pipeline& pipeline,
                           TemplateCache& cache, int threads, const Progress& progress) {
    std::vector<std::string> paths;
    paths.reserve(set.pictures.size());
    for (const LabelledPicture& picture : set.pictures) paths.push_back(picture.path);
    const auto records = recognise(paths, pipeline, cache, threads, progress);
    if (!records) return std::unexpected(records.error());
    complete_set(set, choice, *records);
    return {};
}

}  // namespace visavis::audit
