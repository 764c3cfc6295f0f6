// Messages that must leave exactly when a change happened (the outbox pattern): whoever keeps the change
// keeps the message with it, in one write. Whoever delivers settles it afterwards, and delivers at the next
// start what a crash left; a message may so be delivered twice.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace visavis {

struct PendingMessage {
    std::string id;  ///< the sender's; unique
    Bytes payload;

    friend bool operator==(const PendingMessage&, const PendingMessage&) = default;
};

/// Asked right before a change is written, when nothing else can refuse it. Nothing: there is none to keep.
/// An error keeps the change from being made.
using MakeMessage = std::function<Result<std::optional<PendingMessage>>()>;

/// What `make` gives; nothing if it is empty.
[[nodiscard]] inline Result<std::optional<PendingMessage>> message_of(const MakeMessage& make) {
    return make ? make() : std::optional<PendingMessage>{};
}

/// Implementations are thread-safe.
class PendingMessages {
  public:
    PendingMessages() = default;
    PendingMessages(const PendingMessages&) = delete;
    PendingMessages& operator=(const PendingMessages&) = delete;
    virtual ~PendingMessages() = default;

    /// Oldest first.
    [[nodiscard]] virtual Result<std::vector<PendingMessage>> pending() = 0;

    /// It was delivered, and is gone when this returns. One that is not there is no error.
    [[nodiscard]] virtual Result<void> settle(std::string_view id) = 0;
};

}  // namespace visavis
