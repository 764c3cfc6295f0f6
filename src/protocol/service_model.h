// Rekognition's service model, as far as requests of its face operations go: tables generated at build time
// by scripts/generate_shapes.py from the model in the pinned botocore wheel.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace visavis::protocol::model {

enum class Kind : std::uint8_t {
    kStructure,
    kList,
    kMap,
    kString,
    kBlob,
    kInteger,
    kFloat,
    kBoolean,
    kTimestamp
};

/// Index into shapes().
using ShapeId = std::uint16_t;

struct Member {
    std::string_view name;
    ShapeId shape{};
    bool required{};
};

struct Shape {
    Kind kind{};
    std::optional<double> least;  ///< of the value, the length in characters or bytes, or the entries
    std::optional<double> most;
    std::string_view pattern;             ///< RE2, to match the whole string; empty: none
    std::string_view pattern_as_written;  ///< in the model: what messages show
    std::string_view forbidden_prefix;    ///< the pattern's `(?!prefix)`, which RE2 cannot express
    std::span<const Member> members;
    std::span<const std::string_view> values;  ///< of an enumeration; empty: any
    ShapeId key{};                             ///< of a map
    ShapeId element{};                         ///< of a list; the value of a map
};

struct Operation {
    std::string_view name;
    ShapeId input{};
};

[[nodiscard]] std::span<const Shape> shapes() noexcept;

/// Rekognition's operations on faces, in alphabetical order, whether or not this server answers them.
[[nodiscard]] std::span<const Operation> face_operations() noexcept;

/// Its other operations (labels, text, custom labels, …), in alphabetical order.
[[nodiscard]] std::span<const std::string_view> other_operations() noexcept;

}  // namespace visavis::protocol::model
