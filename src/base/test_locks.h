// For tests of databases: whether this process still holds what keeps others from removing its files.
#pragma once

#include <string>

#include <fcntl.h>

#include "base/file.h"

namespace visavis::testing_support {

/// Whether some connection holds SQLite's shared lock on the file, as each connection in WAL mode does from
/// its first read on (https://www.sqlite.org/lockingv3.html). Asked through an open file description of its
/// own, which is what makes the locks of this very process visible; closing it drops them, so ask once, at
/// the end.
inline bool shared_lock_is_held(const std::string& database) {
    const FileDescriptor file(::open(database.c_str(), O_RDWR | O_CLOEXEC));
    struct flock lock{};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = 0x40000000 + 2;
    lock.l_len = 510;
    return file && ::fcntl(file.get(), F_OFD_GETLK, &lock) == 0 && lock.l_type == F_RDLCK;
}

}  // namespace visavis::testing_support
