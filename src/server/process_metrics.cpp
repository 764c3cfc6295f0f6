#include "server/process_metrics.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <system_error>

#include <sys/resource.h>
#include <unistd.h>

namespace visavis::server {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

double resident_bytes() {
    // /proc/self/statm: total and resident size in pages.
    std::ifstream file("/proc/self/statm");
    double total = 0;
    double resident = 0;
    if (!(file >> total >> resident)) return kUnknown;
    return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double cpu_seconds() {
    rusage usage{};
    if (getrusage(RUSAGE_SELF, &usage) != 0) return kUnknown;
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double entries_of(const char* directory) {
    std::error_code ec;
    const std::filesystem::directory_iterator entries(directory, ec);
    if (ec) return kUnknown;
    return static_cast<double>(std::distance(begin(entries), end(entries)));
}

}  // namespace

void register_process_metrics(Metrics& metrics) {
    const double start =
        std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    metrics.gauge("process_resident_memory_bytes", "Resident memory.", {}, resident_bytes);
    metrics.counter("process_cpu_seconds_total", "User and system time.", {}, cpu_seconds);
    metrics.gauge("process_open_fds", "Open file descriptors.", {},
                  [] { return entries_of("/proc/self/fd"); });
    metrics.gauge("process_threads", "Threads.", {}, [] { return entries_of("/proc/self/task"); });
    metrics.gauge("process_start_time_seconds", "When the server started, seconds since 1970.", {},
                  [start] { return start; });
    metrics.gauge("visavis_build_info", "1; the label is the version.", {{"version", VISAVIS_VERSION}})
        .set(1);
}

}  // namespace visavis::server
