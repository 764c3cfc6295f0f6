#include "policy/policy_source.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "base/file.h"
#include "policy/policy_set.h"

namespace visavis::policy {
namespace {

// A chain such as `a && b && …` or `if … then if …` nests without a bracket; Cedar then recurses with its
// length.
constexpr std::size_t kMaxStatementBytes = 32UL << 10;

/// Length of the string or comment that starts at the front of `text`, or 0.
std::size_t skipped(std::string_view text) {
    if (text.starts_with("//")) return std::min(text.find('\n'), text.size());
    if (!text.starts_with('"')) return 0;
    std::size_t at = 1;
    while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2UL : 1UL;
    return std::min(at + 1, text.size());
}

}  // namespace

Result<void> check_nesting(std::string_view name, std::string_view text) {
    int depth = 0;
    std::size_t statement = 0;
    const auto refuse = [&](std::size_t at, std::string_view what) {
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("{}:{}: {}", name, 1 + std::ranges::count(text.substr(0, at), '\n'), what));
    };
    for (std::size_t at = 0; at < text.size();) {
        if (const std::size_t length = skipped(text.substr(at)); length > 0) {
            at += length;
            continue;
        }
        const char c = text[at];
        if (c == '(' || c == '[' || c == '{') ++depth;
        if (c == ')' || c == ']' || c == '}') --depth;
        if (c == ';') statement = at;
        if (depth > kMaxPolicyNesting)
            return refuse(at, fmt::format("more than {} brackets within one another", kMaxPolicyNesting));
        if (at - statement > kMaxStatementBytes)
            return refuse(at, fmt::format("one policy is longer than {} bytes", kMaxStatementBytes));
        ++at;
    }
    return {};
}

Result<Dates> parse_parameters(std::string_view text) {
    const auto refuse = [](std::string_view why) {
        return fail(ErrorCode::kInvalidParameter, fmt::format("parameters.toml: {}", why));
    };
    toml::table table;
    try {
        table = toml::parse(text);
    } catch (const toml::parse_error& error) {
        return refuse(fmt::format("line {}: {}", error.source().begin.line, error.description()));
    }
    Dates dates;
    for (const auto& [key, value] : table) {
        if (key.str() != "dates" || !value.is_table())
            return refuse(fmt::format("`{}` is unknown; only the table `dates` is read", key.str()));
        for (const auto& [name, date] : *value.as_table()) {
            if (const auto* day = date.as_date()) {
                dates[std::string(name.str())] =
                    fmt::format("{:04}-{:02}-{:02}", day->get().year, day->get().month, day->get().day);
            } else if (const auto* moment = date.as_date_time();
                       moment != nullptr && moment->get().offset.value_or(toml::time_offset{}).minutes == 0) {
                const auto& [day_of, time, offset] = moment->get();
                dates[std::string(name.str())] =
                    fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", day_of.year, day_of.month, day_of.day,
                                time.hour, time.minute, time.second);
            } else {
                return refuse(
                    fmt::format("`{}` is no date; write 2020-06-10 or 2020-06-10T12:00:00Z", name.str()));
            }
        }
    }
    return dates;
}

Result<PolicySources> read_policy_directory(const std::string& directory) {
    namespace fs = std::filesystem;
    std::error_code failed;
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(directory, failed))
        if (entry.path().extension() == ".cedar") names.push_back(entry.path().filename().string());
    if (failed)
        return fail(ErrorCode::kNotFound,
                    fmt::format("the policy directory `{}` cannot be read: {}", directory, failed.message()));
    if (names.empty())
        return fail(ErrorCode::kNotFound, fmt::format("`{}` holds no policy (a file *.cedar)", directory));
    if (names.size() > kMaxPolicyFiles)
        return fail(ErrorCode::kInvalidParameter, fmt::format("`{}` holds {} policy files; {} is the limit",
                                                              directory, names.size(), kMaxPolicyFiles));
    std::ranges::sort(names);

    PolicySources sources;
    for (const std::string& name : names) {
        const auto text = read_file((fs::path(directory) / name).string(), kMaxPolicyFileBytes);
        if (!text) return std::unexpected(text.error());
        sources.files.push_back({name, std::string(as_text(*text))});
    }
    const auto parameters =
        read_file((fs::path(directory) / "parameters.toml").string(), kMaxPolicyFileBytes);
    if (parameters)
        sources.parameters = as_text(*parameters);
    else if (parameters.error().code != ErrorCode::kNotFound)
        return std::unexpected(parameters.error());
    return sources;
}

}  // namespace visavis::policy
