#include "match/score_normalisation.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "base/file.h"

namespace visavis::match {
namespace {

constexpr std::size_t kMostBytes = std::size_t{64} << 20;

std::unexpected<Error> broken(const std::string& file, std::string_view reason) {
    return fail(ErrorCode::kInternal, fmt::format("score normalisation `{}`: {}", file, reason));
}

}  // namespace

Result<ScoreNormaliser> ScoreNormaliser::load(const std::string& file, std::size_t dimension) {
    const auto text = read_file(file, kMostBytes);
    if (!text) return broken(file, "cannot be read");
    ScoreNormaliser normaliser;
    std::string binary;
    std::string expected;
    try {
        const boost::json::value document = boost::json::parse(as_text(*text));
        if (document.at("format").to_number<int>() != 1) return broken(file, "`format` is not 1");
        if (document.at("dimension").to_number<std::size_t>() != dimension)
            return broken(file, fmt::format("`dimension` is not the pack's {}", dimension));
        normaliser.name_ = document.at("score").as_string();
        binary = document.at("file").as_string();
        expected = document.at("sha256").as_string();
        const std::array<const char*, 2> names = {"mu", "log_sigma"};
        for (std::size_t i = 0; i < names.size(); ++i) {
            normaliser.forms_[i].low = document.at(names[i]).at("low").to_number<double>();
            normaliser.forms_[i].high = document.at(names[i]).at("high").to_number<double>();
            if (!(normaliser.forms_[i].low <= normaliser.forms_[i].high))
                return broken(file, fmt::format("the range of `{}` is empty", names[i]));
        }
    } catch (const std::exception& error) {
        return broken(file, error.what());
    }
    if (binary.contains('/')) return broken(file, "`file` must lie beside it");

    const std::string path = (std::filesystem::path(file).parent_path() / binary).string();
    const auto content = read_file(path, kMostBytes);
    if (!content) return broken(path, "cannot be read");
    if (const std::string found = to_hex(sha256(*content)); found != expected)
        return broken(path, fmt::format("SHA-256 is {}, expected {}", found, expected));
    const std::size_t numbers = 1 + dimension + dimension * (dimension + 1) / 2;
    if (content->size() != 2 * numbers * sizeof(float))
        return broken(path,
                      fmt::format("{} bytes, expected {}", content->size(), 2 * numbers * sizeof(float)));

    std::vector<float> values(2 * numbers);
    std::memcpy(values.data(), content->data(), content->size());
    if (!std::ranges::all_of(values, [](float value) { return std::isfinite(value); }))
        return broken(path, "holds a number that is not finite");
    auto next = values.begin();
    for (Form& form : normaliser.forms_) {
        form.constant = *next++;
        form.linear.assign(next, next + static_cast<std::ptrdiff_t>(dimension));
        next += static_cast<std::ptrdiff_t>(dimension);
        form.quadratic.resize(dimension * dimension);
        for (std::size_t i = 0; i < dimension; ++i)
            for (std::size_t j = i; j < dimension; ++j) {
                const float value = *next++;
                form.quadratic[i * dimension + j] = i == j ? value : value / 2;
                form.quadratic[j * dimension + i] = form.quadratic[i * dimension + j];
            }
    }
    return normaliser;
}

double ScoreNormaliser::Form::at(std::span<const float> x) const noexcept {
    double sum = constant;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const float* row = quadratic.data() + i * x.size();
        double inner = linear[i];
        for (std::size_t j = 0; j < x.size(); ++j) inner += double{row[j]} * x[j];
        sum += inner * x[i];
    }
    return std::clamp(sum, low, high);
}

Normalisation ScoreNormaliser::of(std::span<const float> vector) const noexcept {
    if (forms_.front().linear.size() != vector.size()) return {};
    const double mu = forms_[0].at(vector);
    const double sigma = std::exp(forms_[1].at(vector));
    return {.weight = static_cast<float>(1 / sigma), .offset = static_cast<float>(mu / sigma)};
}

}  // namespace visavis::match
