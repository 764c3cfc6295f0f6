// Messages that must leave exactly when a change happened: written in its transaction, delivered afterwards,
// then removed. Whoever delivers replays at start what a crash left behind; a message may so arrive twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace visavis::store {

struct Message {
    std::uint64_t id{};  ///< rises; never used again
    std::string kind;    ///< e.g. `receipt`
    Bytes payload;
};

class Outbox {
  public:
    Outbox() = default;
    Outbox(const Outbox&) = delete;
    Outbox& operator=(const Outbox&) = delete;
    virtual ~Outbox() = default;

    /// The oldest messages, at most `most`, oldest first.
    [[nodiscard]] virtual Result<std::vector<Message>> peek(std::size_t most) const = 0;

    /// The message's id.
    virtual Result<std::uint64_t> enqueue(std::string_view kind, ByteView payload) = 0;

    /// Ids that are not there are no error.
    virtual Result<void> remove(std::span<const std::uint64_t> ids) = 0;
};

}  // namespace visavis::store
