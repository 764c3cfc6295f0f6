// Which receipts a long journal holds whose openings are not in the database yet.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace visavis::ledger {

/// 24 bytes a receipt. Not thread-safe.
class ReplayedIds {
  public:
    /// `openings` as the journal holds them; entries without any are left out.
    void add(std::uint64_t index, ByteView openings);

    /// The index of the receipt with this id, if it was added.
    [[nodiscard]] std::optional<std::uint64_t> find(std::string_view id);

    void clear();

  private:
    using Id = std::array<std::uint8_t, 16>;
    std::vector<std::pair<Id, std::uint64_t>> ids_;
    bool sorted_{true};
};

}  // namespace visavis::ledger
