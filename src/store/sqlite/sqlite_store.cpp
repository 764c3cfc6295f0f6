#include "store/sqlite/sqlite_store.h"

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <vector>

#include <fmt/format.h>

#include "base/file.h"
#include "store/sqlite/copy.h"
#include "store/sqlite/migrations.h"
#include "store/sqlite/tables.h"
#include "store/sqlite/writer.h"

namespace visavis::store::sqlite {

namespace {

constexpr std::size_t kReaders = 16;
constexpr std::string_view kKeyCheck = "server key";

class SqliteStore final : public Store {
  public:
    SqliteStore(std::string file, const keys::SealKey& wrapping, std::unique_ptr<Connection> writer)
        : file_(std::move(file)), wrapping_(wrapping), writer_(std::move(writer), wrapping) {}

    Result<CheckResult> check() const override {
        Result<CheckResult> found;
        const auto done = borrowed([&](Session& session) { found = sqlite::check(session); });
        if (!done) return std::unexpected(done.error());
        return found;
    }

    Result<void> copy_to(const std::string& file) const override { return copy_database(file_, file); }

  protected:
    Result<void> run_read(const ReadBody& body) const override {
        return borrowed([&](Session& session) {
            const SqliteTransaction transaction(session);
            body(transaction);
        });
    }

    Result<void> run_write(const WriteBody& body) override { return writer_.run(body); }

  private:
    /// Runs `body` within a read transaction of a pooled connection.
    template <typename Body>
    Result<void> borrowed(const Body& body) const {
        auto connection = take();
        if (!connection) return std::unexpected(connection.error());
        const auto done = guarded(**connection, [&]() -> Result<void> {
            SQLite::Transaction transaction((*connection)->database());
            Session session{.connection = **connection, .wrapping = wrapping_};
            body(session);
            return {};  // the transaction only read: it ends here
        });
        give_back(std::move(*connection));
        return done;
    }

    Result<std::unique_ptr<Connection>> take() const {
        std::unique_lock lock(mutex_);
        returned_.wait(lock, [&] { return !idle_.empty() || lent_ < kReaders; });
        ++lent_;
        if (!idle_.empty()) {
            auto connection = std::move(idle_.back());
            idle_.pop_back();
            return connection;
        }
        lock.unlock();
        auto opened = Connection::open(file_, Access::kRead);
        if (!opened) {
            lock.lock();
            --lent_;
            returned_.notify_one();
        }
        return opened;
    }

    void give_back(std::unique_ptr<Connection> connection) const {
        {
            const std::lock_guard lock(mutex_);
            --lent_;
            idle_.push_back(std::move(connection));
        }
        returned_.notify_one();
    }

    const std::string file_;
    const keys::SealKey wrapping_;

    mutable std::mutex mutex_;
    mutable std::condition_variable returned_;
    mutable std::vector<std::unique_ptr<Connection>> idle_;  // by mutex_
    mutable std::size_t lent_{0};                            // by mutex_

    Writer writer_;  // last: it must end before the readers' connections do
};

/// Proves that the file and the key belong together; a new file is given its proof.
Result<void> agree_on_key(Connection& connection, const keys::SealKey& wrapping) {
    return guarded(connection, [&]() -> Result<void> {
        {
            Query query(connection, "SELECT value FROM meta WHERE name = ?", kKeyCheck);
            if (query.step()) {
                if (wrapping.open(query.blob(0), as_bytes(kKeyCheck))) return {};
                return fail(ErrorCode::kInternal,
                            fmt::format("`{}` was made under another server key: put the `server.key` that "
                                        "belongs to it back into the data directory",
                                        connection.file()));
            }
        }
        run(connection, "INSERT INTO meta (name, value) VALUES (?, ?)", kKeyCheck,
            wrapping.seal({}, as_bytes(kKeyCheck)));
        return {};
    });
}

}  // namespace

Result<std::unique_ptr<Store>> open(const std::string& file, const keys::SealKey& server_key) {
    // Made here with its mode, since SQLite would make it readable to all and gives its companions that mode.
    if (const auto made = make_private_file(file); !made) return std::unexpected(made.error());
    auto connection = Connection::open(file, Access::kWrite);
    if (!connection) return std::unexpected(connection.error());
    if (const auto migrated = migrate(**connection); !migrated) return std::unexpected(migrated.error());
    const keys::SealKey wrapping = server_key.derive("visavis store: collection keys");
    if (const auto agreed = agree_on_key(**connection, wrapping); !agreed)
        return std::unexpected(agreed.error());
    if (const auto synced = sync_directory(std::filesystem::absolute(file).parent_path().string()); !synced)
        return std::unexpected(synced.error());
    return std::make_unique<SqliteStore>(file, wrapping, std::move(*connection));
}

}  // namespace visavis::store::sqlite
