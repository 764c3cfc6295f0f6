// Which files `visavis index` takes, and what it calls them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/error.h"

namespace visavis::app {

struct ImageFiles {
    std::vector<std::string> images;  ///< in the order of the paths; those of a folder sorted
    std::size_t passed_over{};        ///< files in folders whose ending is not .jpg, .jpeg or .png
};

/// The files of `paths`, each a file, whatever it holds, or a folder, of which all JPEG and PNG files at any
/// depth. kInvalidParameter, naming the folder, if it cannot be read; and if there is no image at all.
[[nodiscard]] Result<ImageFiles> image_files(const std::vector<std::string>& paths);

/// The file's name without its ending as an ExternalImageId: letters, digits and `_.-` stay, every other byte
/// becomes `:` and two hexadecimal digits, so that no two names become one. kInvalidParameter, saying how
/// many characters that has, if more than 255 or none.
[[nodiscard]] Result<std::string> external_id(const std::string& path);

}  // namespace visavis::app
