#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>

#include <fmt/format.h>

#include "audit/attributes.h"
#include "audit/csv.h"

namespace visavis::audit {
namespace {

/// Middle of a band: `20-29` is 25 (whole years from 20 to the 30th birthday); the last is open and taken
/// as 75.
std::optional<double> centre_of(const std::string& band) {
    if (band.starts_with("more than")) return 75;
    int low = 0;
    int high = 0;
    const char* const end = band.data() + band.size();
    const auto [dash, wrong] = std::from_chars(band.data(), end, low);
    if (wrong != std::errc{} || dash == end || *dash != '-') return std::nullopt;
    if (std::from_chars(dash + 1, end, high).ec != std::errc{}) return std::nullopt;
    return (low + high + 1) / 2.0;
}

std::optional<std::string> first_of(const CsvTable& table, std::initializer_list<const char*> names) {
    for (const char* name : names)
        if (table.column(name)) return name;
    return std::nullopt;
}

/// Whether `age` holds bands at all: a table of plain numbers has none.
bool has_bands(const CsvTable& table) {
    const auto age = table.column("age");
    return age &&
           std::ranges::any_of(table.rows, [&](const auto& row) { return centre_of(row[*age]).has_value(); });
}

/// One row, with errors that say where.
class Reader {
  public:
    Reader(const CsvTable& table, std::size_t row) : table_(table), row_(row) {}

    [[nodiscard]] std::string text(const std::optional<std::string>& name) const {
        const auto column = name ? table_.column(*name) : std::nullopt;
        return column ? table_.rows[row_][*column] : std::string();
    }
    Result<std::optional<bool>> flag(const char* name) const {
        const std::string value = text(name);
        if (value.empty()) return std::optional<bool>();
        if (value == "1" || value == "0") return std::optional<bool>(value == "1");
        return wrong(name, value, "1, 0 or empty");
    }
    Result<std::optional<float>> degrees(const char* name) const {
        const std::string value = text(name);
        if (value.empty()) return std::optional<float>();
        float number = 0;
        const auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), number);
        if (problem != std::errc() || end != value.data() + value.size())
            return wrong(name, value, "a number of degrees");
        return std::optional<float>(number);
    }
    [[nodiscard]] std::unexpected<Error> wrong(const char* name, const std::string& value,
                                               const char* wanted) const {
        return fail(ErrorCode::kInvalidParameter, fmt::format("`{}` line {}: `{}` is `{}`, not {}",
                                                              table_.path, row_ + 2, name, value, wanted));
    }

  private:
    const CsvTable& table_;
    std::size_t row_;
};

Result<AttributeLabels> labels_of(const CsvTable& table, std::size_t row, bool bands,
                                  const std::vector<std::string>& reversed) {
    const Reader read(table, row);
    AttributeLabels labels;
    const std::string gender = read.text(first_of(table, {"gender", "sex"}));
    if (!gender.empty()) {
        const int letter = std::tolower(static_cast<unsigned char>(gender.front()));
        if (letter != 'f' && letter != 'm') return read.wrong("gender", gender, "F or M");
        labels.female = letter == 'f';
    }
    for (const std::string& part : {read.text(first_of(table, {"race", "ethnicity", "country"})), gender})
        if (!part.empty()) labels.group += (labels.group.empty() ? "" : " / ") + part;
    if (bands) {
        labels.band = read.text("age");
        labels.age = centre_of(labels.band);
        if (!labels.age && !labels.band.empty())
            return read.wrong("age", labels.band, "an age band such as 20-29");
    }
    for (const auto& [name, into] :
         {std::pair("smile", &labels.smile), std::pair("mouth_open", &labels.mouth_open),
          std::pair("eyes_open", &labels.eyes_open)}) {
        const auto flag = read.flag(name);
        if (!flag) return std::unexpected(flag.error());
        *into = *flag;
    }
    std::array<std::optional<float>, 3> angles;
    for (std::size_t i = 0; i < angles.size(); ++i) {
        static constexpr std::array<const char*, 3> kNames = {"roll", "yaw", "pitch"};
        const auto angle = read.degrees(kNames.at(i));
        if (!angle) return std::unexpected(angle.error());
        angles.at(i) = *angle;
        if (*angle && std::ranges::find(reversed, kNames.at(i)) != reversed.end()) angles.at(i) = -**angle;
    }
    if (angles[0] && angles[1] && angles[2])
        labels.pose = face::Pose{.roll = *angles[0], .yaw = *angles[1], .pitch = *angles[2]};
    return labels;
}

}  // namespace

Result<std::vector<std::string>> attribute_group_columns(const std::string& csv) {
    const auto table = CsvTable::read(csv);
    if (!table) return std::unexpected(table.error());
    std::vector<std::string> columns;
    for (const auto& found :
         {first_of(*table, {"race", "ethnicity", "country"}), first_of(*table, {"gender", "sex"})})
        if (found) columns.push_back(*found);
    if (has_bands(*table)) columns.emplace_back("age");
    return columns;
}

Result<std::vector<AttributeLabels>> read_attribute_labels(const std::string& csv, const DataSet& set,
                                                           const std::vector<std::string>& reversed) {
    const auto table = CsvTable::read(csv);
    if (!table) return std::unexpected(table.error());
    const auto file = table->column("file");
    if (!file)
        return fail(ErrorCode::kInvalidParameter, fmt::format("`{}` has no column `file`", table->path));
    const bool bands = has_bands(*table);
    std::map<std::string, AttributeLabels> by_file;
    for (std::size_t i = 0; i < table->rows.size(); ++i) {
        auto labels = labels_of(*table, i, bands, reversed);
        if (!labels) return std::unexpected(labels.error());
        by_file.insert_or_assign(table->rows[i][*file], std::move(*labels));
    }
    std::vector<AttributeLabels> found;
    found.reserve(set.pictures.size());
    for (const LabelledPicture& picture : set.pictures) found.push_back(by_file[picture.file]);
    return found;
}

}  // namespace visavis::audit
