#include "store/sqlite/writer.h"

#include <algorithm>
#include <chrono>

#include <sqlite3.h>

#include "store/sqlite/tables.h"

namespace visavis::store::sqlite {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kMostInGroup = 256;
// Well under the promised minute, and long enough that a run of deletions shares one truncation.
constexpr std::chrono::seconds kTruncateAfter{5};
constexpr std::chrono::seconds kTruncateRetry{2};

}  // namespace

Writer::Writer(std::unique_ptr<Connection> connection, const keys::SealKey& wrapping)
    : connection_(std::move(connection)), wrapping_(wrapping), thread_([this] { loop(); }) {}

Writer::~Writer() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    arrived_.notify_one();
    thread_.join();
}

Result<void> Writer::run(const std::function<bool(Transaction&)>& body) {
    Job job{.body = &body, .committed = {}, .result = {}, .exception = {}};
    {
        std::unique_lock lock(mutex_);
        queue_.push_back(&job);
        arrived_.notify_one();
        finished_.wait(lock, [&] { return job.done; });
    }
    if (job.exception) std::rethrow_exception(job.exception);
    return job.result;
}

void Writer::loop() {
    erased_ = true;  // before a crash, perhaps
    truncate_log();
    auto due = erased_ ? SteadyClock::now() + kTruncateRetry : SteadyClock::time_point::max();
    while (true) {
        std::vector<Job*> jobs;
        {
            std::unique_lock lock(mutex_);
            const auto ready = [&] { return stopping_ || !queue_.empty(); };
            if (due == SteadyClock::time_point::max())
                arrived_.wait(lock, ready);
            else
                arrived_.wait_until(lock, due, ready);
            if (stopping_ && queue_.empty()) return;
            const auto count = std::min(queue_.size(), kMostInGroup);
            jobs.assign(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count));
            queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count));
        }
        if (!jobs.empty()) {
            process(jobs);
            const std::lock_guard lock(mutex_);
            for (Job* job : jobs) job->done = true;
            finished_.notify_all();
        }
        const auto now = SteadyClock::now();
        if (now >= due) {
            truncate_log();
            due = erased_ ? now + kTruncateRetry : SteadyClock::time_point::max();
        } else if (erased_ && due == SteadyClock::time_point::max()) {
            due = now + kTruncateAfter;
        }
    }
}

void Writer::process(const std::vector<Job*>& jobs) {
    const auto fail_kept = [&](std::span<Job* const> some, const Error& error) {
        for (Job* job : some) {
            if (job->kept) job->result = std::unexpected(error);
            job->kept = false;
        }
    };
    const auto attempt = [&](const char* sql) -> Result<void> {
        return guarded(*connection_, [&]() -> Result<void> {
            connection_->database().exec(sql);
            return {};
        });
    };

    std::size_t begun = 0;  // jobs before it belong to a transaction that is over
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        if (!connection_->in_transaction()) {
            begun = i;
            if (const auto open = attempt("BEGIN IMMEDIATE"); !open) {
                jobs[i]->result = open;
                continue;
            }
        }
        execute(*jobs[i]);
        // SQLite gave the whole transaction up: all of its jobs are undone, the others start afresh.
        if (!connection_->in_transaction())
            fail_kept(std::span(jobs).subspan(begun, i + 1 - begun),
                      {ErrorCode::kUnavailable,
                       connection_->file() + " could not be written; nothing of this change happened"});
    }
    if (connection_->in_transaction()) {
        if (const auto done = attempt("COMMIT"); !done) {
            fail_kept(std::span(jobs).subspan(begun), done.error());
            if (connection_->in_transaction()) (void)attempt("ROLLBACK");
        }
    }
    for (const Job* job : jobs)
        if (job->kept)
            for (const auto& then : job->committed) then();
}

void Writer::execute(Job& job) {
    Session session{.connection = *connection_, .wrapping = wrapping_};
    SqliteTransaction transaction(session);
    const auto step = [&](const char* sql) { connection_->database().exec(sql); };
    try {
        step("SAVEPOINT one");
        job.kept = (*job.body)(transaction);
        if (!connection_->in_transaction()) {
            // A body that gives an error has told the reason itself.
            return;
        }
        if (!job.kept) step("ROLLBACK TO one");
        step("RELEASE one");
    } catch (const SQLite::Exception& exception) {
        job.kept = false;
        job.result = std::unexpected(connection_->error(exception));
        if (connection_->in_transaction()) {
            sqlite3_exec(connection_->database().getHandle(), "ROLLBACK TO one; RELEASE one", nullptr,
                         nullptr, nullptr);
        }
    } catch (...) {
        job.kept = false;
        job.exception = std::current_exception();
        if (connection_->in_transaction()) {
            sqlite3_exec(connection_->database().getHandle(), "ROLLBACK TO one; RELEASE one", nullptr,
                         nullptr, nullptr);
        }
    }
    if (job.kept) {
        job.committed = std::move(session.committed);
        erased_ = erased_ || session.erased;
    }
}

void Writer::truncate_log() {
    try {
        sqlite3_busy_timeout(connection_->database().getHandle(), 0);  // readers are not waited for
        SQLite::Statement checkpoint(connection_->database(), "PRAGMA wal_checkpoint(TRUNCATE)");
        if (checkpoint.executeStep() && checkpoint.getColumn(0).getInt() == 0) erased_ = false;
    } catch (const SQLite::Exception&) {
        erased_ = true;  // tried again
    }
}

}  // namespace visavis::store::sqlite
