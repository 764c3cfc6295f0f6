#include "finish_restore.h"

#include <fmt/format.h>

#include "backup_manifest.h"
#include "engine/remove_erased.h"
#include "policy/directory.h"

namespace visavis::app {

Result<void> check_no_half_restore(const std::string& data) {
    const auto pending = read_pending(data);
    if (!pending) return std::unexpected(pending.error());
    if (!*pending || (*pending)->copied) return {};
    return fail(ErrorCode::kConflict,
                fmt::format("a restore into `{}` was cut short: run `visavis restore` again", data));
}

Result<void> finish_restore(const std::string& data, engine::Engine& engine, ledger::Ledger& ledger) {
    const auto pending = read_pending(data);
    if (!pending) return std::unexpected(pending.error());
    if (!*pending) return {};
    // Who was erased must be known before anything is served.
    if (auto done = ledger.log().catch_up(); !done) return done;
    const BackupManifest& backup = (*pending)->backup;
    const auto tags = ledger.erased_since(backup.since);
    if (!tags) return std::unexpected(tags.error());
    const auto removed = engine::remove_erased(engine, ledger, {tags->begin(), tags->end()});
    if (!removed) return std::unexpected(removed.error());
    ledger::Draft draft;
    draft.receipt.operation = "Restored";
    draft.receipt.start = draft.receipt.end = engine.clock().now();
    draft.receipt.software = VISAVIS_VERSION;
    draft.receipt.restore = {.backup = backup.time, .removed = *removed};
    draft.secrets = {{.field = "principal", .value = std::string(policy::kLocalOperator)}};
    const auto index = ledger.add(std::move(draft));
    if (!index) return std::unexpected(index.error());
    return remove_pending(data);
}

}  // namespace visavis::app
