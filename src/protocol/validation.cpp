#include "protocol/validation.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <re2/re2.h>

#include "protocol/json_text.h"

namespace visavis::protocol {
namespace {

using boost::json::value;
using model::Kind;
using model::Shape;
using model::ShapeId;

constexpr std::size_t kEchoedCharacters = 128;
constexpr std::size_t kReportedViolations = 20;

/// One compiled pattern a shape that has one; the others stay empty.
const std::vector<std::unique_ptr<re2::RE2>>& patterns() {
    static const auto compiled = [] {
        std::vector<std::unique_ptr<re2::RE2>> all;
        for (const Shape& shape : model::shapes())
            all.push_back(shape.pattern.empty()
                              ? nullptr
                              : std::make_unique<re2::RE2>(re2::StringPiece(shape.pattern), re2::RE2::Quiet));
        return all;
    }();
    return compiled;
}

bool is_continuation(char c) noexcept {
    return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
}

std::size_t characters(std::string_view text) noexcept {
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return !is_continuation(c); }));
}

std::string shortened(std::string_view text) {
    if (text.size() <= kEchoedCharacters) return std::string(text);
    std::size_t end = kEchoedCharacters;
    while (end > 0 && is_continuation(text[end])) --end;
    return std::string(text.substr(0, end)) + "…";
}

std::size_t decoded_size(std::string_view base64) noexcept {
    std::size_t padding = 0;
    while (padding < 2 && padding < base64.size() && base64[base64.size() - 1 - padding] == '=') ++padding;
    return base64.size() / 4 * 3 - padding;
}

/// A value as messages show it: texts bare, lists and maps as Amazon prints them.
std::string shown(const value& v) {
    if (v.is_string()) return shortened(v.get_string());
    if (const auto* list = v.if_array()) {
        std::string text = "[";
        for (const value& item : *list) {
            if (text.size() > kEchoedCharacters) break;
            if (text.size() > 1) text += ", ";
            text += shown(item);
        }
        return shortened(text + "]");
    }
    if (const auto* map = v.if_object()) {
        std::string text = "{";
        for (const auto& [key, item] : *map) {
            if (text.size() > kEchoedCharacters) break;
            if (text.size() > 1) text += ", ";
            text += shortened(key) + "=" + shown(item);
        }
        return shortened(text + "}");
    }
    return json_text(v);
}

std::string camel_case(std::string_view name) {
    std::string text(name);
    if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] - 'A' + 'a');
    return text;
}

std::string number_text(double number) {
    return fmt::format("{}", number);
}

/// A request's walk along its shapes: collects violations, stops at a wrong type.
class Walk {
  public:
    explicit Walk(std::size_t most_image_bytes) : most_image_bytes_(most_image_bytes) {}

    Result<void> structure(const Shape& shape, const boost::json::object& object, const std::string& path) {
        for (const model::Member& member : shape.members) {
            const std::string member_path = (path.empty() ? path : path + ".") + camel_case(member.name);
            const value* found = object.if_contains(member.name);
            if (found == nullptr || found->is_null()) {
                if (member.required)
                    violations_.push_back(fmt::format(
                        "Value null at '{}' failed to satisfy constraint: Member must not be null",
                        member_path));
                continue;
            }
            if (auto checked = any(member.shape, *found, member_path); !checked) return checked;
        }
        return {};
    }

    Result<void> finish() const {
        if (violations_.empty()) return {};
        std::string message = fmt::format("{} validation error{} detected: ", violations_.size(),
                                          violations_.size() == 1 ? "" : "s");
        for (std::size_t i = 0; i < std::min(violations_.size(), kReportedViolations); ++i)
            message += (i == 0 ? "" : "; ") + violations_[i];
        return fail(ErrorCode::kValidation, std::move(message));
    }

  private:
    static std::unexpected<Error> wrong_type(const std::string& path, std::string_view expected,
                                             const value& found) {
        return fail(ErrorCode::kSerialization, fmt::format("`{}` must be {}; found {}", path, expected,
                                                           boost::json::to_string(found.kind())));
    }

    void violated(const std::string& path, const std::string& echoed, std::string_view constraint) {
        violations_.push_back(
            fmt::format("Value '{}' at '{}' failed to satisfy constraint: {}", echoed, path, constraint));
    }

    Result<void> any(ShapeId id, const value& v, const std::string& path) {
        const Shape& shape = model::shapes()[id];
        switch (shape.kind) {
            case Kind::kStructure:
                if (!v.is_object()) return wrong_type(path, "an object", v);
                return structure(shape, v.get_object(), path);
            case Kind::kList:
                if (!v.is_array()) return wrong_type(path, "a list", v);
                return list(shape, v, path);
            case Kind::kMap:
                if (!v.is_object()) return wrong_type(path, "an object", v);
                return map(shape, v, path);
            default: {
                if (auto right = scalar_type(shape, v, path); !right) return right;
                const std::string echoed = shape.kind == Kind::kBlob
                                               ? fmt::format("[{} bytes]", decoded_size(v.get_string()))
                                               : shown(v);
                for (const std::string& constraint : broken(id, v)) violated(path, echoed, constraint);
                return {};
            }
        }
    }

    void length(const Shape& shape, std::size_t entries, const value& v, const std::string& path) {
        for (const std::string& constraint :
             bounds("length", static_cast<double>(entries), shape.least, shape.most))
            violated(path, shown(v), constraint);
    }

    Result<void> list(const Shape& shape, const value& v, const std::string& path) {
        const auto& items = v.get_array();
        length(shape, items.size(), v, path);
        const Shape& element = model::shapes()[shape.element];
        bool reported = false;
        for (std::size_t i = 0; i < items.size(); ++i) {
            if (element.kind == Kind::kStructure || element.kind == Kind::kList ||
                element.kind == Kind::kMap) {
                const std::string item_path = fmt::format("{}.{}.member", path, i + 1);
                if (auto checked = any(shape.element, items[i], item_path); !checked) return checked;
                continue;
            }
            if (auto right = scalar_type(element, items[i], fmt::format("{}.{}", path, i + 1)); !right)
                return right;
            // The list is reported once, with everything its members must satisfy.
            if (reported || broken(shape.element, items[i]).empty()) continue;
            violated(path, shown(v),
                     fmt::format("Member must satisfy constraint: [{}]", requirements(element)));
            reported = true;
        }
        return {};
    }

    Result<void> map(const Shape& shape, const value& v, const std::string& path) {
        const auto& entries = v.get_object();
        length(shape, entries.size(), v, path);
        const Shape& element = model::shapes()[shape.element];
        bool bad_key = false;
        bool bad_value = false;
        for (const auto& [key, item] : entries) {
            if (auto right = scalar_type(element, item, path + "." + shortened(key)); !right) return right;
            bad_key = bad_key || !broken(shape.key, value(key)).empty();
            bad_value = bad_value || !broken(shape.element, item).empty();
        }
        if (bad_key)
            violated(path, shown(v),
                     fmt::format("Map keys must satisfy constraint: [{}]",
                                 requirements(model::shapes()[shape.key])));
        if (bad_value)
            violated(path, shown(v),
                     fmt::format("Map value must satisfy constraint: [{}]", requirements(element)));
        return {};
    }

    static Result<void> scalar_type(const Shape& shape, const value& v, const std::string& path) {
        switch (shape.kind) {
            case Kind::kString:
                if (!v.is_string()) return wrong_type(path, "a string", v);
                return {};
            case Kind::kBlob:
                if (!v.is_string()) return wrong_type(path, "a base64 string", v);
                if (v.get_string().size() % 4 != 0)
                    return fail(ErrorCode::kSerialization,
                                fmt::format("`{}` is not base64: its {} characters are no multiple of 4",
                                            path, v.get_string().size()));
                return {};
            case Kind::kInteger:
                if (!v.is_number() || (v.is_double() && v.get_double() != std::floor(v.get_double())))
                    return wrong_type(path, "an integer", v);
                return {};
            case Kind::kFloat:
            case Kind::kTimestamp:
                if (!v.is_number()) return wrong_type(path, "a number", v);
                return {};
            default:
                if (!v.is_bool()) return wrong_type(path, "true or false", v);
                return {};
        }
    }

    static std::vector<std::string> bounds(std::string_view what, double size, std::optional<double> least,
                                           std::optional<double> most) {
        std::vector<std::string> constraints;
        if (most && size > *most)
            constraints.push_back(
                fmt::format("Member must have {} less than or equal to {}", what, number_text(*most)));
        if (least && size < *least)
            constraints.push_back(
                fmt::format("Member must have {} greater than or equal to {}", what, number_text(*least)));
        return constraints;
    }

    static std::string enumeration(const Shape& shape) {
        return fmt::format("Member must satisfy enum value set: [{}]", fmt::join(shape.values, ", "));
    }

    static std::string regular_expression(const Shape& shape) {
        return fmt::format("Member must satisfy regular expression pattern: {}", shape.pattern_as_written);
    }

    /// The constraints that a scalar of the right type violates.
    std::vector<std::string> broken(ShapeId id, const value& v) const {
        const Shape& shape = model::shapes()[id];
        if (shape.kind == Kind::kInteger || shape.kind == Kind::kFloat)
            return bounds("value", v.to_number<double>(), shape.least, shape.most);
        if (shape.kind == Kind::kBlob)
            return bounds("length", static_cast<double>(decoded_size(v.get_string())), shape.least,
                          shape.most ? static_cast<double>(most_image_bytes_) : shape.most);
        if (shape.kind != Kind::kString) return {};
        const std::string_view text = v.get_string();
        if (!shape.values.empty())
            return std::ranges::find(shape.values, text) == shape.values.end()
                       ? std::vector{enumeration(shape)}
                       : std::vector<std::string>{};
        auto constraints = bounds("length", static_cast<double>(characters(text)), shape.least, shape.most);
        const auto& pattern = patterns()[id];
        if (pattern != nullptr &&
            ((!shape.forbidden_prefix.empty() && text.starts_with(shape.forbidden_prefix)) ||
             !re2::RE2::FullMatch(re2::StringPiece(text), *pattern)))
            constraints.push_back(regular_expression(shape));
        return constraints;
    }

    /// Everything a scalar must satisfy, as Amazon lists it for the members of lists and maps.
    static std::string requirements(const Shape& shape) {
        if (!shape.values.empty()) return enumeration(shape);
        std::vector<std::string> all;
        if (shape.most)
            all.push_back("Member must have length less than or equal to " + number_text(*shape.most));
        if (shape.least)
            all.push_back("Member must have length greater than or equal to " + number_text(*shape.least));
        if (!shape.pattern.empty()) all.push_back(regular_expression(shape));
        return fmt::format("{}", fmt::join(all, ", "));
    }

    std::size_t most_image_bytes_;
    std::vector<std::string> violations_;
};

}  // namespace

Result<void> validate(const model::Operation& operation, const boost::json::object& request,
                      std::size_t most_image_bytes) {
    Walk walk(most_image_bytes);
    if (auto checked = walk.structure(model::shapes()[operation.input], request, ""); !checked)
        return checked;
    return walk.finish();
}

}  // namespace visavis::protocol
