// A disk that takes no more, for tests.
#pragma once

#include <csignal>
#include <cstdint>

#include <sys/resource.h>

namespace visavis::testing_support {

/// While it lives, no file of this process grows beyond so many bytes: writing more fails as on a full disk.
/// Not beside other threads that write.
class FullDisk {
  public:
    explicit FullDisk(std::uint64_t bytes) : previous_(std::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &limit_);
        rlimit full = limit_;
        full.rlim_cur = bytes;
        ::setrlimit(RLIMIT_FSIZE, &full);
    }
    FullDisk(const FullDisk&) = delete;
    FullDisk& operator=(const FullDisk&) = delete;
    ~FullDisk() {
        ::setrlimit(RLIMIT_FSIZE, &limit_);
        (void)std::signal(SIGXFSZ, previous_);
    }

  private:
    rlimit limit_{};
    void (*previous_)(int){};
};

}  // namespace visavis::testing_support
