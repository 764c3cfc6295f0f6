#include "engine/face_matches.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "engine/user_template.h"

namespace visavis::engine {
namespace {

// Under a stream of changes the last of these leaves out who changes just then.
constexpr int kSearchesOfChangingUsers = 7;

std::vector<std::uint64_t> rows_of(const std::vector<IndexMatch>& matches) {
    std::vector<std::uint64_t> rows;
    rows.reserve(matches.size());
    for (const IndexMatch& match : matches) rows.push_back(match.row);
    return rows;
}

void note(const IndexMatch& match, const std::string& id, AnswerNotes& notes, Record& record) {
    notes.match_rates.push_back(match.rate);
    record.candidates.push_back({.id = id, .similarity = match.similarity});
}

}  // namespace

Result<std::vector<FaceMatch>> face_matches(Engine& engine, const store::Collection& collection,
                                            const std::vector<IndexMatch>& matches, AnswerNotes& notes,
                                            Record& record) {
    const auto rows = rows_of(matches);
    const auto faces = engine.store()->read(
        [&](const store::Transaction& now) { return now.faces().find_rows(collection.key, rows); });
    if (!faces) return std::unexpected(faces.error());
    std::vector<FaceMatch> found;
    for (std::size_t i = 0; i < matches.size(); ++i) {
        const auto& face = (*faces)[i];
        if (!face) continue;
        found.push_back({.similarity = static_cast<float>(matches[i].similarity),
                         .face = stored_face(*face, collection.model_version)});
        note(matches[i], face->face_id, notes, record);
    }
    return found;
}

Result<std::vector<UserMatch>> find_users(Engine& engine, Gallery& gallery,
                                          const store::Collection& collection, const IndexSearch& search,
                                          const std::optional<std::string>& itself, AnswerNotes& notes,
                                          Record& record) {
    IndexSearch with_itself = search;
    if (itself) ++with_itself.most;  // a template that replaced the searched one meanwhile is found, too
    for (int tried = 1;; ++tried) {
        const auto matches = search_index(engine, gallery.users(), with_itself, notes, record);
        if (!matches) return std::unexpected(matches.error());
        const auto rows = rows_of(*matches);
        const auto users = engine.store()->read(
            [&](const store::Transaction& now) { return now.users().find_templates(collection.key, rows); });
        if (!users) return std::unexpected(users.error());
        // A row that is nobody's has been replaced or its user deleted. The index is told a moment after
        // readers of the database see it.
        if (tried < kSearchesOfChangingUsers &&
            std::ranges::any_of(*users, [](const auto& user) { return !user; })) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1U << static_cast<unsigned>(tried)) / 2);
            if (const auto done = gallery.catch_up(); !done) return std::unexpected(done.error());
            continue;
        }
        std::vector<UserMatch> found;
        for (std::size_t i = 0; i < matches->size(); ++i) {
            const auto& user = (*users)[i];
            if (!user || user->user_id == itself || found.size() == search.most) continue;
            found.push_back({.similarity = static_cast<float>((*matches)[i].similarity),
                             .user_id = user->user_id,
                             .status = user_status(*user)});
            note((*matches)[i], user->user_id, notes, record);
        }
        return found;
    }
}

}  // namespace visavis::engine
