#include "engine/ledger_report.h"

#include <algorithm>

#include <fmt/format.h>

#include "ledger/tiles.h"

namespace visavis::engine {
namespace {

std::string size_class(std::uint64_t size) {
    std::uint64_t low = 1;
    while (size >= low * 10) low *= 10;
    if (low < 100) return size == 0 ? "0" : "1-99";
    return fmt::format("{}-{}", low, low * 10 - 1);
}

/// The values of a receipt's fields that the report counts by.
class Fields {
  public:
    Fields(ledger::Ledger& ledger, std::uint64_t index, const ledger::Receipt& receipt) : receipt_(receipt) {
        if (receipt.commitments.contains("purpose") || receipt.commitments.contains("sector"))
            if (auto openings = ledger.openings(index)) openings_ = std::move(*openings);
    }
    [[nodiscard]] std::string operator[](const std::string& field) const {
        if (!receipt_.commitments.contains(field)) return "(none)";
        const auto found = std::ranges::find(openings_.fields, field, &ledger::Opening::field);
        return found == openings_.fields.end() || found->erased() ? "(erased)" : found->value;
    }

  private:
    const ledger::Receipt& receipt_;
    ledger::Openings openings_;
};

void count(PurposeCount& into, const ledger::Receipt& receipt) {
    switch (receipt.outcome) {
        case ledger::Outcome::kAnswered:
            ++into.answered;
            break;
        case ledger::Outcome::kRefused:
            ++into.refused;
            break;
        case ledger::Outcome::kFailed:
            ++into.failed;
            break;
    }
    if (!receipt.candidates) return;
    ++into.searches;
    ++(receipt.candidates->count > 0 ? into.with_match : into.without_match);
}

Result<LedgerReport> count_all(ledger::Ledger& ledger, TimePoint from, TimePoint to) {
    if (auto ready = ledger.log().caught_up(); !ready) return std::unexpected(ready.error());
    if (auto done = ledger.log().publish(); !done) return std::unexpected(done.error());
    LedgerReport report{.from = from,
                        .to = to,
                        .by_purpose = {},
                        .by_sector = {},
                        .by_operation = {},
                        .by_gallery_size = {},
                        .checkpoint = ledger.log().checkpoint().checkpoint};
    for (std::uint64_t index = 0; index < report.checkpoint.size;) {
        const auto entries = ledger.log().bundle(index / ledger::kTileWidth);
        if (!entries) return std::unexpected(entries.error());
        for (const Bytes& entry : *entries) {
            if (index == report.checkpoint.size) break;
            const auto receipt = ledger::parse_receipt(entry);
            if (!receipt) return fail(ErrorCode::kInternal, receipt.error().message);
            const std::uint64_t here = index++;
            if (receipt->start < from || receipt->start >= to) continue;
            ++report.receipts;
            count(report.by_operation[receipt->operation], *receipt);
            const Fields fields(ledger, here, *receipt);
            count(report.by_purpose[fields["purpose"]], *receipt);
            count(report.by_sector[fields["sector"]], *receipt);
            if (receipt->candidates && receipt->gallery_size)
                ++report.by_gallery_size[size_class(*receipt->gallery_size)];
            if (receipt->verification) {
                ++report.verified;
                report.confirmed += receipt->verification->confirmed ? 1U : 0U;
            }
        }
    }
    return report;
}

}  // namespace

Result<LedgerReport> ledger_report(Engine& engine, Call& call, ledger::Ledger& ledger, TimePoint from,
                                   TimePoint to) {
    return governed<LedgerReport>(engine, call, {.operation = "Audit"},
                                  [&](Record& /*record*/) { return count_all(ledger, from, to); });
}

}  // namespace visavis::engine
