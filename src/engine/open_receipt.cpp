#include "engine/open_receipt.h"

namespace visavis::engine {

Result<OpenReceiptResponse> open_receipt(Engine& engine, Call& call, ledger::Ledger& ledger,
                                         std::uint64_t index) {
    return governed<OpenReceiptResponse>(
        engine, call, {.operation = "OpenReceipt"}, [&](Record& /*record*/) -> Result<OpenReceiptResponse> {
            const auto entry = ledger.log().entry(index);
            if (!entry) return std::unexpected(entry.error());
            auto receipt = ledger::parse_receipt(*entry);
            if (!receipt) return fail(ErrorCode::kInternal, receipt.error().message);
            auto openings = ledger.openings(index);
            if (!openings) return std::unexpected(openings.error());
            auto verifications = ledger.verifications_of(index);
            if (!verifications) return std::unexpected(verifications.error());
            return OpenReceiptResponse{.receipt = std::move(*receipt),
                                       .openings = std::move(*openings),
                                       .verifications = std::move(*verifications)};
        });
}

}  // namespace visavis::engine
