#include "audit/csv.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/file.h"

namespace visavis::audit {
namespace {

constexpr std::size_t kMostBytes = std::size_t{256} << 20;

}  // namespace

std::optional<std::size_t> CsvTable::column(std::string_view name) const {
    const auto found = std::ranges::find(columns, name);
    if (found == columns.end()) return std::nullopt;
    return static_cast<std::size_t>(found - columns.begin());
}

Result<CsvTable> CsvTable::read(const std::string& path) {
    const auto content = read_file(path, kMostBytes);
    if (!content) return std::unexpected(content.error());
    std::string_view text = as_text(*content);
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);

    CsvTable table;
    table.path = path;
    std::vector<std::string> row;
    std::string field;
    bool quoted = false;
    std::size_t line = 1;
    const auto end_row = [&]() -> Result<void> {
        row.push_back(std::move(field));
        field.clear();
        if (row.size() == 1 && row.front().empty()) {
            row.clear();
            return {};
        }
        if (table.columns.empty()) {
            table.columns = std::move(row);
            if (std::set(table.columns.begin(), table.columns.end()).size() != table.columns.size())
                return fail(ErrorCode::kInvalidParameter,
                            fmt::format("`{}`: a column's name comes twice", path));
        } else if (row.size() != table.columns.size()) {
            return fail(ErrorCode::kInvalidParameter,
                        fmt::format("`{}` line {}: {} fields, expected {}", path, line, row.size(),
                                    table.columns.size()));
        } else {
            table.rows.push_back(std::move(row));
        }
        row.clear();
        return {};
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            if (c == '"' && i + 1 < text.size() && text[i + 1] == '"')
                field += text[++i];
            else if (c == '"')
                quoted = false;
            else
                field += c;
            line += c == '\n' ? 1 : 0;
        } else if (c == '"') {
            quoted = true;
        } else if (c == ',') {
            row.push_back(std::move(field));
            field.clear();
        } else if (c == '\n') {
            if (const auto ended = end_row(); !ended) return std::unexpected(ended.error());
            ++line;
        } else if (c != '\r') {
            field += c;
        }
    }
    if (quoted)
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("`{}` line {}: a quote stays open", path, line));
    if (!field.empty() || !row.empty())
        if (const auto ended = end_row(); !ended) return std::unexpected(ended.error());
    if (table.columns.empty())
        return fail(ErrorCode::kInvalidParameter, fmt::format("`{}` is empty, expected a header line", path));
    return table;
}

std::string csv_field(std::string_view text) {
    if (text.find_first_of(",\"\n\r") == std::string_view::npos) return std::string(text);
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"') quoted += '"';
        quoted += c;
    }
    return quoted + "\"";
}

}  // namespace visavis::audit
