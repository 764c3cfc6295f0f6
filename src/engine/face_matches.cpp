#include "engine/face_matches.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "engine/user_template.h"

namespace visavis::engine {
namespace {

// Under a stream of changes the last of these leaves out what changes just then.
constexpr int kSearchesOfWhatChanges = 7;

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

/// What an index found, and what the database holds of each.
template <typename Entry>
struct Found {
    std::vector<IndexMatch> matches;
    std::vector<std::optional<Entry>> entries;  ///< parallel to matches
};

/// A row that is nobody's has been replaced or deleted: the index is told a moment after readers of the
/// database see it. It may have kept another out of the answer, so it is searched again.
template <typename Entry, typename LookUp>
Result<Found<Entry>> search_what_changes(Engine& engine, Gallery& gallery, const match::Index& index,
                                         const IndexSearch& search, const LookUp& look_up, AnswerNotes& notes,
                                         Record& record) {
    for (int tried = 1;; ++tried) {
        auto matches = search_index(engine, index, search, notes, record);
        if (!matches) return std::unexpected(matches.error());
        auto entries = engine.store()->read(
            [&](const store::Transaction& now) -> Result<std::vector<std::optional<Entry>>> {
                return look_up(now, rows_of(*matches));
            });
        if (!entries) return std::unexpected(entries.error());
        if (tried == kSearchesOfWhatChanges ||
            std::ranges::all_of(*entries, [](const auto& entry) { return entry.has_value(); }))
            return Found<Entry>{.matches = std::move(*matches), .entries = std::move(*entries)};
        std::this_thread::sleep_for(std::chrono::milliseconds(1U << static_cast<unsigned>(tried)) / 2);
        if (const auto done = gallery.catch_up(); !done) return std::unexpected(done.error());
    }
}

}  // namespace

Result<std::vector<FaceMatch>> find_faces(Engine& engine, Gallery& gallery,
                                          const store::Collection& collection, const IndexSearch& search,
                                          AnswerNotes& notes, Record& record) {
    const auto found = search_what_changes<store::Face>(
        engine, gallery, gallery.faces(), search,
        [&](const store::Transaction& now, const std::vector<std::uint64_t>& rows) {
            return now.faces().find_rows(collection.key, rows);
        },
        notes, record);
    if (!found) return std::unexpected(found.error());
    std::vector<FaceMatch> faces;
    for (std::size_t i = 0; i < found->matches.size(); ++i) {
        const auto& face = found->entries[i];
        if (!face) continue;
        faces.push_back({.similarity = static_cast<float>(found->matches[i].similarity),
                         .face = stored_face(*face, collection.model_version)});
        note(found->matches[i], face->face_id, notes, record);
    }
    return faces;
}

Result<std::vector<UserMatch>> find_users(Engine& engine, Gallery& gallery,
                                          const store::Collection& collection, const IndexSearch& search,
                                          const std::optional<std::string>& itself, AnswerNotes& notes,
                                          Record& record) {
    IndexSearch with_itself = search;
    if (itself) ++with_itself.most;  // a template that replaced the searched one meanwhile is found, too
    const auto found = search_what_changes<store::User>(
        engine, gallery, gallery.users(), with_itself,
        [&](const store::Transaction& now, const std::vector<std::uint64_t>& rows) {
            return now.users().find_templates(collection.key, rows);
        },
        notes, record);
    if (!found) return std::unexpected(found.error());
    std::vector<UserMatch> users;
    for (std::size_t i = 0; i < found->matches.size(); ++i) {
        const auto& user = found->entries[i];
        if (!user || user->user_id == itself || users.size() == search.most) continue;
        users.push_back({.similarity = static_cast<float>(found->matches[i].similarity),
                         .user_id = user->user_id,
                         .status = user_status(*user)});
        note(found->matches[i], user->user_id, notes, record);
    }
    return users;
}

}  // namespace visavis::engine
