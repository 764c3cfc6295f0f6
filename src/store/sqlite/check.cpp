// The database compared with itself, for `visavis doctor`.
#include <fmt/format.h>

#include "store/sqlite/tables.h"

namespace visavis::store::sqlite {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kMostProblems = 100;

class Checker {
  public:
    explicit Checker(Session& session)
        : session_(session), collections_(session), faces_(session), users_(session) {}

    Result<CheckResult> check() {
        structure();
        const auto all = collections_.all();
        if (!all) {
            problem(all.error().message);
            return std::move(result_);
        }
        for (const Collection& collection : *all) {
            ++result_.collections;
            count("face", collection.faces, result_.faces, collection,
                  walk(collection, "face",
                       [&](std::uint64_t after) { return faces_.templates(collection.key, after, kPage); }));
            walk(collection, "user",
                 [&](std::uint64_t after) { return users_.templates(collection.key, after, kPage); });
            const auto users = count_users(collection);
            count("user", collection.users, result_.users, collection, users);
        }
        return std::move(result_);
    }

  private:
    void problem(std::string text) {
        if (result_.problems.size() < kMostProblems) result_.problems.push_back(std::move(text));
    }

    void structure() {
        try {
            Query query(session_.connection, "PRAGMA integrity_check(20)");
            while (query.step())
                if (const std::string said = query.text(0); said != "ok")
                    problem(fmt::format("`{}`: {}", session_.connection.file(), said));
            Query keys(session_.connection, "PRAGMA foreign_key_check");
            while (keys.step()) problem(fmt::format("a row of table {} refers to nothing", keys.text(0)));
        } catch (const SQLite::Exception& exception) {
            problem(session_.connection.error(exception).message);
        }
    }

    void count(std::string_view what, std::uint64_t kept, std::uint64_t& total, const Collection& collection,
               std::optional<std::uint64_t> found) {
        if (!found) return;
        total += *found;
        if (*found != kept)
            problem(fmt::format("collection `{}` says {} {}s and has {}", collection.id, kept, what, *found));
    }

    std::optional<std::uint64_t> count_users(const Collection& collection) {
        try {
            Query query(session_.connection, "SELECT COUNT(*) FROM users WHERE collection = ?",
                        collection.key);
            query.step();
            return query.count(0);
        } catch (const SQLite::Exception& exception) {
            problem(session_.connection.error(exception).message);
            return std::nullopt;
        }
    }

    /// Opens every template; gives how many there are, or nothing after a problem.
    template <typename Next>
    std::optional<std::uint64_t> walk(const Collection& collection, std::string_view what, Next next) {
        std::uint64_t after = 0;
        std::uint64_t total = 0;
        while (true) {
            const auto page = next(after);
            if (!page) {
                problem(fmt::format("collection `{}`: {}", collection.id, page.error().message));
                return std::nullopt;
            }
            for (const StoredTemplate& one : *page)
                if (one.vector.size() != collection.dimension)
                    problem(fmt::format("collection `{}`: {} {} has a template of {} numbers, not {}",
                                        collection.id, what, one.row, one.vector.size(),
                                        collection.dimension));
            total += page->size();
            if (page->size() < kPage) return total;
            after = page->back().row;
        }
    }

    Session& session_;
    SqliteCollections collections_;
    SqliteFaces faces_;
    SqliteUsers users_;
    CheckResult result_;
};

}  // namespace

Result<CheckResult> check(Session& session) {
    return guarded(session.connection, [&] { return Checker(session).check(); });
}

}  // namespace visavis::store::sqlite
