// What a person said who looked at pairs of pictures.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "base/error.h"

namespace visavis::audit {

using FilePair = std::pair<std::string, std::string>;  ///< probe's file, gallery's file

/// A gallery without names may hold the probes themselves. Pairs that a person looked at and found to be the
/// same person; these are not false matches.
using SamePerson = std::set<FilePair>;

struct Verdict {
    bool same{};             ///< else different people
    std::string similarity;  ///< as the file says it; may be empty
};
using Verdicts = std::map<FilePair, Verdict>;

[[nodiscard]] SamePerson same_person(const Verdicts& verdicts);

/// Reads `probe,gallery,verdict` and, where it is there, `similarity`: the rows with a verdict, of two on one
/// pair the later. Errors as CsvTable::read; kInvalidParameter for a verdict other than `same`, `different`
/// or empty.
[[nodiscard]] Result<Verdicts> read_verdicts(const std::string& path);

/// Whether `path`, if it is there, holds no verdict that is not among those `given`: it may be written again.
/// kInvalidParameter, naming the file and --verdicts, if it does or cannot be understood.
[[nodiscard]] Result<void> may_replace_verdicts(const std::string& path, const Verdicts& given);

}  // namespace visavis::audit
