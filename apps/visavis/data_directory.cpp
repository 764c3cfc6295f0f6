#include "data_directory.h"

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

namespace visavis::app {

std::string DataDirectory::default_path() {
    const char* named = std::getenv("VISAVIS_DATA");
    return named != nullptr && *named != '\0' ? named : "data";
}

Result<DataDirectory> DataDirectory::open(const std::string& path) {
    if (const auto made = make_private_directory(path); !made) return std::unexpected(made.error());
    const std::string lock = path + "/lock";
    FileDescriptor file(::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!file)
        return fail(ErrorCode::kUnavailable, fmt::format("data directory `{}` cannot be written: {}", path,
                                                         std::generic_category().message(errno)));
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0)
        return fail(ErrorCode::kUnavailable,
                    fmt::format("data directory `{}` is in use by another process; stop it, or give another "
                                "directory with --data",
                                path));
    return DataDirectory(path, std::move(file));
}

}  // namespace visavis::app
