// The process itself under Prometheus' customary names: `process_resident_memory_bytes`,
// `process_cpu_seconds_total`, `process_open_fds`, `process_threads`, `process_start_time_seconds`.
#pragma once

#include "server/metrics.h"

namespace visavis::server {

/// Registers them; each display reads /proc/self. A value that cannot be read shows as NaN.
void register_process_metrics(Metrics& metrics);

}  // namespace visavis::server
