#include "ledger/replayed_ids.h"

#include <algorithm>
#include <ranges>

#include "ledger/openings.h"

namespace visavis::ledger {
namespace {

/// The bytes of a UUID; nothing of another text.
std::optional<std::array<std::uint8_t, 16>> bytes_of_id(std::string_view id) {
    std::string digits;
    std::ranges::copy_if(id, std::back_inserter(digits), [](char c) { return c != '-'; });
    const auto bytes = from_hex(digits);
    std::array<std::uint8_t, 16> result{};
    if (!bytes || bytes->size() != result.size()) return std::nullopt;
    std::ranges::copy(*bytes, result.begin());
    return result;
}

}  // namespace

void ReplayedIds::add(std::uint64_t index, ByteView openings) {
    if (openings.size() < kReceiptIdBytes) return;
    const auto id = bytes_of_id(as_text(openings.first(kReceiptIdBytes)));
    if (!id) return;
    ids_.emplace_back(*id, index);
    sorted_ = false;
}

std::optional<std::uint64_t> ReplayedIds::find(std::string_view id) {
    const auto wanted = bytes_of_id(id);
    if (!wanted) return std::nullopt;
    if (!sorted_) std::ranges::sort(ids_);
    sorted_ = true;
    const auto found = std::ranges::lower_bound(ids_, *wanted, {}, &std::pair<Id, std::uint64_t>::first);
    if (found == ids_.end() || found->first != *wanted) return std::nullopt;
    return found->second;
}

void ReplayedIds::clear() {
    ids_.clear();
    ids_.shrink_to_fit();
}

}  // namespace visavis::ledger
