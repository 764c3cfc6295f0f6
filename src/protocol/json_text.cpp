#include "protocol/json_text.h"

#include <cmath>
#include <iterator>

#include <fmt/format.h>

namespace visavis::protocol {
namespace {

void write(std::string& out, const boost::json::value& value) {
    if (const auto* object = value.if_object()) {
        out += '{';
        for (const auto& [key, member] : *object) {
            if (out.back() != '{') out += ',';
            out += boost::json::serialize(boost::json::string(key));
            out += ':';
            write(out, member);
        }
        out += '}';
    } else if (const auto* list = value.if_array()) {
        out += '[';
        for (const auto& item : *list) {
            if (out.back() != '[') out += ',';
            write(out, item);
        }
        out += ']';
    } else if (const double* number = value.if_double()) {
        if (std::isfinite(*number))
            fmt::format_to(std::back_inserter(out), "{}", *number);
        else
            out += "null";
    } else {
        out += boost::json::serialize(value);
    }
}

}  // namespace

std::string json_text(const boost::json::value& value) {
    std::string out;
    write(out, value);
    return out;
}

}  // namespace visavis::protocol
