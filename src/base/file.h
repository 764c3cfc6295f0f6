// Whole files, read and written so that a crash leaves the old file or the new one.
#pragma once

#include <cstddef>
#include <string>

#include <sys/types.h>

#include "base/bytes.h"
#include "base/error.h"

namespace visavis {

/// An open file descriptor; closes it.
class FileDescriptor {
  public:
    FileDescriptor() = default;
    explicit FileDescriptor(int fd) noexcept : fd_(fd) {}
    FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.release()) {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept;
    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;
    ~FileDescriptor();

    [[nodiscard]] int get() const noexcept { return fd_; }
    [[nodiscard]] explicit operator bool() const noexcept { return fd_ >= 0; }
    int release() noexcept;

  private:
    int fd_{-1};
};

/// The content. kNotFound if there is no such file, kInvalidParameter if it is larger than `most`, kInternal
/// if it cannot be read; each names the file.
[[nodiscard]] Result<Bytes> read_file(const std::string& path, std::size_t most);

/// Where writing to `path` goes: what it is a symbolic link to, through any number of links, also where
/// nothing is there; else `path`.
[[nodiscard]] std::string behind_links(std::string path);

/// Writes to a temporary file beside `path` (behind its links: they stay), syncs it, renames it over `path`
/// and syncs the directory: after a crash `path` holds the old content or all of the new. kUnavailable,
/// naming the file and the system's reason, if that fails; the old file then stays.
[[nodiscard]] Result<void> replace_file(const std::string& path, ByteView content, mode_t mode = 0600);

/// Makes an empty file with mode 0600 unless something is there, which it does not even open: POSIX drops all
/// locks that a process has on a file when it closes any descriptor of it, and a database that lost its locks
/// has its write-ahead log deleted by the next process that opens and closes it. kUnavailable as above.
[[nodiscard]] Result<void> make_private_file(const std::string& path);

/// fsync of a directory: makes created, renamed and removed names durable. kUnavailable as above.
[[nodiscard]] Result<void> sync_directory(const std::string& path);

/// Makes the directory (and its parents) with mode 0700 unless it is there. kUnavailable as above.
[[nodiscard]] Result<void> make_private_directory(const std::string& path);

}  // namespace visavis
