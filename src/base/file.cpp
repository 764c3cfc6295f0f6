#include "base/file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/random.h"

namespace visavis {
namespace {

constexpr int kMostLinks = 40;  // as many as Linux follows

std::unexpected<Error> unavailable(std::string_view what, const std::string& path, int error) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("`{}` cannot be {}: {}", path, what, std::generic_category().message(error)));
}

bool write_all(int fd, ByteView bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(fd, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return true;
}

}  // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
}

FileDescriptor::~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
}

int FileDescriptor::release() noexcept {
    return std::exchange(fd_, -1);
}

Result<Bytes> read_file(const std::string& path, std::size_t most) {
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) {
        if (errno == ENOENT || errno == ENOTDIR)
            return fail(ErrorCode::kNotFound, fmt::format("there is no file `{}`", path));
        return fail(ErrorCode::kInternal,
                    fmt::format("`{}` cannot be opened: {}", path, std::generic_category().message(errno)));
    }
    struct stat status{};
    if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
        return fail(ErrorCode::kInvalidParameter, fmt::format("`{}` is not a regular file", path));
    if (std::cmp_greater(status.st_size, most))
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("`{}` has {} bytes; at most {} are read", path, status.st_size, most));
    Bytes content(static_cast<std::size_t>(status.st_size));
    std::size_t done = 0;
    while (done < content.size()) {
        const ssize_t count = ::read(file.get(), content.data() + done, content.size() - done);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0)
            return fail(ErrorCode::kInternal,
                        fmt::format("`{}` cannot be read: {}", path, std::generic_category().message(errno)));
        if (count == 0) break;
        done += static_cast<std::size_t>(count);
    }
    content.resize(done);
    return content;
}

std::string behind_links(std::string path) {
    namespace fs = std::filesystem;
    std::error_code failed;
    for (int links = 0; links < kMostLinks && fs::is_symlink(path, failed); ++links)
        path = (fs::path(path).parent_path() / fs::read_symlink(path, failed)).string();
    return path;
}

Result<void> replace_file(const std::string& given, ByteView content, mode_t mode) {
    const std::string path = behind_links(given);
    const std::string temporary = fmt::format("{}.{}.tmp", path, to_hex(random_bytes(6)));
    {
        const FileDescriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
        if (!file) return unavailable("created", temporary, errno);
        if (!write_all(file.get(), content) || ::fsync(file.get()) != 0) {
            const int error = errno;
            ::unlink(temporary.c_str());
            return unavailable("written", temporary, error);
        }
    }
    if (::rename(temporary.c_str(), path.c_str()) != 0) {
        const int error = errno;
        ::unlink(temporary.c_str());
        return unavailable("replaced", path, error);
    }
    const auto parent = std::filesystem::path(path).parent_path();
    return sync_directory(parent.empty() ? "." : parent.string());
}

Result<void> make_private_file(const std::string& path) {
    const FileDescriptor made(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!made && errno != EEXIST) return unavailable("created", path, errno);
    return {};
}

Result<void> sync_directory(const std::string& path) {
    const FileDescriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory) return unavailable("opened", path, errno);
    if (::fsync(directory.get()) != 0) return unavailable("synced", path, errno);
    return {};
}

Result<void> make_private_directory(const std::string& path) {
    std::error_code error;
    const std::filesystem::path directory(path);
    if (std::filesystem::is_directory(directory, error)) return {};
    if (directory.has_parent_path()) {
        std::filesystem::create_directories(directory.parent_path(), error);
        if (error) return unavailable("created", directory.parent_path().string(), error.value());
    }
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return unavailable("created", path, errno);
    return {};
}

}  // namespace visavis
