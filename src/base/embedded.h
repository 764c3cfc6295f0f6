// Files that travel inside the binary (cmake/embed.cmake).
#pragma once

#include <span>
#include <string_view>

namespace visavis {

struct EmbeddedFile {
    std::string_view name;     ///< relative path, `/` between folders
    std::string_view content;  ///< bytes as they were at build time
};

}  // namespace visavis
