// What a server keeps of collections, faces, users, tags and tokens, behind an interface that a second
// database could implement (the same contract tests run on each: contract_test.cpp).
//
//     auto known = store.read([&](const Transaction& now) { return now.collections().find(account, id); });
//     auto added = store.write([&](Transaction& change) { return change.faces().add(key, faces); });
//
// A transaction sees one state and nothing of others' halves. What write() answered survives `kill -9` and
// power loss. A const Transaction reads only; that is the whole rule of who may change what.
//
// Errors of every function besides those it names: kUnavailable (disk full, read-only, directory gone;
// nothing of the transaction happened) and kInternal (the database is damaged, or a row does not open with
// the server's key), both naming the file.
#pragma once

#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "base/error.h"
#include "store/collections.h"
#include "store/faces.h"
#include "store/outbox.h"
#include "store/retention.h"
#include "store/tags.h"
#include "store/tokens.h"
#include "store/users.h"

namespace visavis::store {

/// Lives as long as the call that handed it out; used by one thread.
class Transaction {
  public:
    Transaction() = default;
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    virtual ~Transaction() = default;

    [[nodiscard]] virtual const Collections& collections() const = 0;
    [[nodiscard]] virtual const Faces& faces() const = 0;
    [[nodiscard]] virtual const Users& users() const = 0;
    [[nodiscard]] virtual const Tags& tags() const = 0;
    [[nodiscard]] virtual const Tokens& tokens() const = 0;
    [[nodiscard]] virtual const Outbox& outbox() const = 0;
    [[nodiscard]] virtual const Retention& retention() const = 0;

    [[nodiscard]] virtual Collections& collections() = 0;
    [[nodiscard]] virtual Faces& faces() = 0;
    [[nodiscard]] virtual Users& users() = 0;
    [[nodiscard]] virtual Tags& tags() = 0;
    [[nodiscard]] virtual Tokens& tokens() = 0;
    [[nodiscard]] virtual Outbox& outbox() = 0;
    [[nodiscard]] virtual Retention& retention() = 0;

    /// `then` runs once this transaction is durable and before write() returns: those of all transactions one
    /// after another, in the order of the commits. It must be short and must not use the store. It does not
    /// run if the transaction fails.
    virtual void on_commit(std::function<void()> then) = 0;
};

/// What check() counted.
struct CheckResult {
    std::uint64_t collections{};
    std::uint64_t faces{};
    std::uint64_t users{};
    std::vector<std::string> problems;  ///< for a person, one each; empty: all is well
};

/// Thread-safe. Reads run side by side and never wait for a writer; writes that wait together are made
/// durable together.
class Store {
  public:
    Store() = default;
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;
    virtual ~Store() = default;

    /// Runs `body` on the state of this moment; gives what it gives.
    template <typename Body>
    auto read(Body&& body) const -> std::invoke_result_t<Body, const Transaction&> {
        std::optional<std::invoke_result_t<Body, const Transaction&>> answer;
        const auto done = run_read(
            [&](const Transaction& transaction) { answer.emplace(std::forward<Body>(body)(transaction)); });
        if (!done) return std::unexpected(done.error());
        return std::move(*answer);
    }

    /// Runs `body`; if it gives a value, its changes become durable together and the value is returned; if it
    /// gives an error, nothing has changed. `body` may run on another thread while the caller waits. It must
    /// not call write().
    template <typename Body>
    auto write(Body&& body) -> std::invoke_result_t<Body, Transaction&> {
        std::optional<std::invoke_result_t<Body, Transaction&>> answer;
        const auto done = run_write([&](Transaction& transaction) {
            answer.emplace(std::forward<Body>(body)(transaction));
            return answer->has_value();
        });
        if (!done) return std::unexpected(done.error());
        return std::move(*answer);
    }

    /// Compares the database with itself: its structure, its counters, and that every sealed template opens.
    /// Takes seconds for a million faces; readers and writers go on.
    [[nodiscard]] virtual Result<CheckResult> check() const = 0;

    /// A consistent copy in a new file while others read and write. kAlreadyExists if the file is there.
    virtual Result<void> copy_to(const std::string& file) const = 0;

  protected:
    using ReadBody = std::function<void(const Transaction&)>;
    using WriteBody = std::function<bool(Transaction&)>;  // whether to keep the changes
    virtual Result<void> run_read(const ReadBody& body) const = 0;
    virtual Result<void> run_write(const WriteBody& body) = 0;
};

}  // namespace visavis::store
