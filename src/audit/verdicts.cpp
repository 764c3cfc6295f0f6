#include "audit/verdicts.h"

#include <fmt/format.h>

#include "audit/csv.h"

namespace visavis::audit {

Result<SamePerson> read_verdicts(const std::string& path) {
    const auto table = CsvTable::read(path);
    if (!table) return std::unexpected(table.error());
    const auto probe = table->column("probe");
    const auto gallery = table->column("gallery");
    const auto verdict = table->column("verdict");
    if (!probe || !gallery || !verdict)
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("`{}` needs the columns probe, gallery and verdict", path));
    SamePerson same;
    for (std::size_t i = 0; i < table->rows.size(); ++i) {
        const auto& row = table->rows[i];
        if (row[*verdict] == "same")
            same.emplace(row[*probe], row[*gallery]);
        else if (!row[*verdict].empty() && row[*verdict] != "different")
            return fail(ErrorCode::kInvalidParameter,
                        fmt::format("`{}` line {}: verdict `{}`, expected same, different or nothing", path,
                                    i + 2, row[*verdict]));
    }
    return same;
}

}  // namespace visavis::audit
