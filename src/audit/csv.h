// Comma-separated tables (RFC 4180) with a header line.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace visavis::audit {

struct CsvTable {
    std::string path;
    std::vector<std::string> columns;
    std::vector<std::vector<std::string>> rows;  ///< each as long as `columns`

    /// Index of a column; nothing if there is none.
    [[nodiscard]] std::optional<std::size_t> column(std::string_view name) const;

    /// kNotFound if the file cannot be read; kInvalidParameter, naming file and line, for a row of another
    /// length than the header, an open quote, an empty file or a column that comes twice.
    static Result<CsvTable> read(const std::string& path);
};

/// A field as it must be written: quoted if it holds a comma, a quote or a line break.
[[nodiscard]] std::string csv_field(std::string_view text);

}  // namespace visavis::audit
