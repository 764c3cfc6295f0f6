#include "engine/import_collection.h"

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "base/random.h"
#include "engine/collection_access.h"
#include "engine/unowned_collections.h"
#include "match/index.h"
#include "policy/collection_tags.h"

namespace visavis::engine {
namespace {

constexpr std::size_t kBatch = 256;  // records written in one transaction: others need not wait long

Result<void> check_collection(const Engine& engine, const store::ArchivedCollection& archived) {
    if (archived.model_version != engine.model_version() ||
        archived.dimension != engine.pipeline().dimension())
        return fail(
            ErrorCode::kInvalidParameter,
            fmt::format("the archive holds templates of face model {} with {} numbers, and this server "
                        "runs {} with {}; the two cannot be compared. Import it into a server with that "
                        "model pack, or index the photographs again.",
                        archived.model_version, archived.dimension, engine.model_version(),
                        engine.pipeline().dimension()));
    if (archived.faces > limits::kIndexRows)
        return fail(ErrorCode::kQuotaExceeded,
                    fmt::format("the archive holds {} faces; a collection has at most {}", archived.faces,
                                limits::kIndexRows));
    return policy::check_policy_tags({archived.tags.begin(), archived.tags.end()});
}

/// Records that are written together.
struct Batch {
    std::vector<store::ArchivedUser> users;
    std::vector<store::ArchivedFace> faces;

    void add(store::ArchivedRecord record) {
        if (auto* face = std::get_if<store::ArchivedFace>(&record)) faces.push_back(std::move(*face));
        if (auto* user = std::get_if<store::ArchivedUser>(&record)) users.push_back(std::move(*user));
    }
    [[nodiscard]] std::size_t size() const { return users.size() + faces.size(); }
};

/// The archive's collection under a name that nobody sees; gone again unless it is handed to somebody.
class Staging {
  public:
    Staging(const Engine& engine, store::Store& store) : engine_(engine), store_(store) {}
    Staging(const Staging&) = delete;
    Staging& operator=(const Staging&) = delete;
    ~Staging() {
        // What cannot be removed now is given up at the next start.
        if (made_ && !handed_over_) (void)discard(store_, key_);
    }

    Result<void> begin(const store::ArchivedCollection& archived, const std::string& owner) {
        const auto collection = store_.write([&](store::Transaction& change) -> Result<store::Collection> {
            auto made = change.collections().create({.account = std::string(kNoAccount),
                                                     .id = random_uuid(),
                                                     .model_version = archived.model_version,
                                                     .dimension = archived.dimension,
                                                     .created = engine_.clock().now(),
                                                     .owner = owner,
                                                     .normaliser = engine_.normaliser_name(),
                                                     .origin_key = archived.origin_key});
            if (!made) return made;
            if (auto set = change.tags().set(made->key, archived.tags); !set)
                return std::unexpected(set.error());
            return made;
        });
        if (!collection) return std::unexpected(collection.error());
        key_ = collection->key;
        made_ = true;
        return {};
    }

    /// Users come before their faces, as in the archive.
    Result<void> add(Batch& batch) {
        if (const auto good = prepare(batch); !good) return good;
        return store_.write([&](store::Transaction& change) -> Result<void> {
            if (auto added = change.users().add_archived(key_, batch.users); !added) return added;
            return change.faces().add_archived(key_, batch.faces);
        });
    }

    /// In the transaction that the operation ends with.
    Result<store::Collection> hand_to(store::Transaction& change, std::string_view account,
                                      std::string_view id) {
        return change.collections().hand_to(key_, account, id);
    }
    void handed_over() noexcept { handed_over_ = true; }

  private:
    /// Score normalisation is made anew from the template: it depends on this server's pack alone.
    Result<void> prepare(Batch& batch) const {
        for (auto& user : batch.users) {
            if (!user.fused) continue;
            if (!match::is_template(user.fused->vector)) return no_template("user", user.user_id);
            const match::Normalisation pair = engine_.normalisation(user.fused->vector);
            user.fused->weight = pair.weight;
            user.fused->offset = pair.offset;
        }
        for (auto& face : batch.faces) {
            if (!match::is_template(face.vector)) return no_template("face", face.face.face_id);
            const match::Normalisation pair = engine_.normalisation(face.vector);
            face.weight = pair.weight;
            face.offset = pair.offset;
        }
        return {};
    }

    static std::unexpected<Error> no_template(std::string_view of, std::string_view id) {
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("what the archive holds as the template of {} `{}` is none", of, id));
    }

    const Engine& engine_;
    store::Store& store_;
    store::CollectionKey key_{};
    bool made_{false};
    bool handed_over_{false};
};

Result<void> copy(store::ArchiveReader& reader, Staging& staging, const Progress& progress) {
    std::uint64_t faces = 0;
    for (bool more = true; more;) {
        Batch batch;
        while (more && batch.size() < kBatch) {
            auto record = reader.next();
            if (!record) return std::unexpected(record.error());
            more = record->has_value();
            if (more) batch.add(std::move(**record));
        }
        if (batch.size() == 0) break;
        if (const auto added = staging.add(batch); !added) return added;
        faces += batch.faces.size();
        if (progress) progress(faces, reader.collection().faces);
    }
    return {};
}

}  // namespace

Result<ImportCollectionResponse> import_collection(Engine& engine, Call& call,
                                                   const ImportCollectionRequest& request) {
    return governed<ImportCollectionResponse>(
        engine, call, {.operation = "ImportCollection", .collection = request.collection_id},
        [&](Record& record) -> Result<ImportCollectionResponse> {
            const auto known = find_collection(engine, call.caller, request.collection_id);
            if (known)
                return fail(ErrorCode::kAlreadyExists,
                            fmt::format("The collection id: {} already exists.", request.collection_id));
            if (known.error().code != ErrorCode::kNotFound) return std::unexpected(known.error());
            const auto reader = store::ArchiveReader::open(request.file, request.secret);
            if (!reader) return std::unexpected(reader.error());
            const store::ArchivedCollection& archived = (*reader)->collection();
            if (const auto fit = check_collection(engine, archived); !fit)
                return std::unexpected(fit.error());
            Staging staging(engine, *engine.store());
            if (const auto begun = staging.begin(archived, call.caller.principal); !begun)
                return std::unexpected(begun.error());
            if (const auto done = copy(**reader, staging, request.progress); !done)
                return std::unexpected(done.error());
            ImportCollectionResponse answer{.former_id = archived.id,
                                            .model_version = archived.model_version,
                                            .faces = archived.faces,
                                            .users = archived.users,
                                            .digest = (*reader)->digest()};
            record.gallery_size = answer.faces;
            record.probes.push_back(answer.digest);
            const auto there = change_store(engine, call, record, [&](store::Transaction& change) {
                return staging.hand_to(change, call.caller.account, request.collection_id);
            });
            if (!there) return std::unexpected(there.error());
            staging.handed_over();
            // Whoever looked at all collections may have loaded a part of it.
            engine.galleries()->forget(*there);
            return answer;
        });
}

}  // namespace visavis::engine
