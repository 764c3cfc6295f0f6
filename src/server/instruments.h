// The server's own metrics, registered once. docs/server.md lists them.
#pragma once

#include <string_view>

#include "server/handler.h"
#include "server/metrics.h"

namespace visavis::server {

class Instruments {
  public:
    explicit Instruments(Metrics& metrics);

    /// One answered request. `operation` and `outcome` are cut to what a label may hold.
    void answered(std::string_view operation, std::string_view outcome, double seconds, std::size_t bytes_in,
                  std::size_t bytes_out);

    /// One call of the handler: how long it took.
    void handled(std::string_view operation, double seconds);

    /// One refusal by the server itself.
    void rejected(RejectionReason reason);

    Counter& connections_total;
    Counter& connections_cut;  ///< beyond every limit: closed without an answer
    Counter& bytes_in;
    Counter& bytes_out;
    Histogram& queue_wait;

  private:
    Metrics& metrics_;
};

}  // namespace visavis::server
