#include "audit/verdicts.h"

#include <algorithm>

#include <fmt/format.h>

#include "audit/csv.h"

namespace visavis::audit {

SamePerson same_person(const Verdicts& verdicts) {
    SamePerson same;
    for (const auto& [pair, verdict] : verdicts)
        if (verdict.same) same.insert(pair);
    return same;
}

Result<Verdicts> read_verdicts(const std::string& path) {
    const auto table = CsvTable::read(path);
    if (!table) return std::unexpected(table.error());
    const auto probe = table->column("probe");
    const auto gallery = table->column("gallery");
    const auto verdict = table->column("verdict");
    if (!probe || !gallery || !verdict)
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("`{}` needs the columns probe, gallery and verdict", path));
    const auto similarity = table->column("similarity");
    Verdicts verdicts;
    for (std::size_t i = 0; i < table->rows.size(); ++i) {
        const auto& row = table->rows[i];
        if (row[*verdict].empty()) continue;
        const bool is_same = row[*verdict] == "same";
        if (!is_same && row[*verdict] != "different")
            return fail(ErrorCode::kInvalidParameter,
                        fmt::format("`{}` line {}: verdict `{}`, expected same, different or nothing", path,
                                    i + 2, row[*verdict]));
        verdicts.insert_or_assign(
            FilePair(row[*probe], row[*gallery]),
            Verdict{.same = is_same, .similarity = similarity ? row[*similarity] : std::string()});
    }
    return verdicts;
}

Result<void> may_replace_verdicts(const std::string& path, const Verdicts& given) {
    const auto there = read_verdicts(path);
    if (!there && there.error().code == ErrorCode::kNotFound) return {};
    if (!there)
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("{}; it would be written again: mend it and give it with --verdicts, or "
                                "choose another --out",
                                there.error().message));
    const auto lost =
        std::ranges::count_if(*there, [&](const auto& verdict) { return !given.contains(verdict.first); });
    if (lost == 0) return {};
    return fail(ErrorCode::kInvalidParameter,
                fmt::format("`{}` holds {} verdicts that would be lost: give it with --verdicts, or choose "
                            "another --out",
                            path, lost));
}

}  // namespace visavis::audit
