#include "engine/export_collection.h"

#include <filesystem>

#include "engine/collection_access.h"

namespace visavis::engine {
namespace {

constexpr std::size_t kPage = 1024;

/// One export, within one transaction: all it reads is of the same moment.
class Export {
  public:
    Export(const ExportCollectionRequest& request, const store::Transaction& now,
           const store::Collection& collection)
        : request_(request), now_(now), collection_(collection) {}

    Result<ExportCollectionResponse> run(const std::string& pack) {
        auto origin_key = now_.collections().origin_key(collection_.key);
        if (!origin_key) return std::unexpected(origin_key.error());
        auto tags = now_.tags().list(collection_.key);
        if (!tags) return std::unexpected(tags.error());
        auto writer = store::ArchiveWriter::create(request_.file, request_.secret,
                                                   {.id = collection_.id,
                                                    .model_version = collection_.model_version,
                                                    .dimension = collection_.dimension,
                                                    .pack = pack,
                                                    .created = collection_.created,
                                                    .tags = std::move(*tags),
                                                    .origin_key = std::move(*origin_key),
                                                    .faces = collection_.faces,
                                                    .users = collection_.users});
        if (!writer) return std::unexpected(writer.error());
        writer_ = std::move(*writer);
        if (const auto done = users(); !done) return std::unexpected(done.error());
        if (const auto done = faces(); !done) return std::unexpected(done.error());
        const auto digest = writer_->finish();
        if (!digest) return std::unexpected(digest.error());
        return ExportCollectionResponse{
            .faces = collection_.faces, .users = collection_.users, .digest = *digest};
    }

  private:
    Result<void> users() {
        for (std::uint64_t after = 0;;) {
            const auto page = now_.users().archived(collection_.key, after, kPage);
            if (!page) return std::unexpected(page.error());
            if (page->empty()) return {};
            for (const store::ArchivedUser& user : *page)
                if (const auto done = writer_->add(user); !done) return done;
            after = page->back().row;
        }
    }

    Result<void> faces() {
        std::uint64_t count = 0;
        for (std::uint64_t after = 0;;) {
            const auto page = now_.faces().archived(collection_.key, after, kPage);
            if (!page) return std::unexpected(page.error());
            if (page->empty()) return {};
            for (const store::ArchivedFace& face : *page)
                if (const auto done = writer_->add(face); !done) return done;
            count += page->size();
            if (request_.progress) request_.progress(count, collection_.faces);
            after = page->back().face.row;
        }
    }

    const ExportCollectionRequest& request_;
    const store::Transaction& now_;
    const store::Collection& collection_;
    std::unique_ptr<store::ArchiveWriter> writer_;
};

}  // namespace

Result<ExportCollectionResponse> export_collection(Engine& engine, Call& call,
                                                   const ExportCollectionRequest& request) {
    bool written = false;
    auto answered = governed<ExportCollectionResponse>(
        engine, call, {.operation = "ExportCollection", .collection = request.collection_id},
        [&](Record& record) -> Result<ExportCollectionResponse> {
            const auto known = find_collection(engine, call.caller, request.collection_id);
            if (!known) return std::unexpected(known.error());
            // Of a collection of another model, the pack in use says nothing.
            const std::string pack = of_this_model(engine, *known) ? engine.pack() : std::string();
            auto answer =
                engine.store()->read([&](const store::Transaction& now) -> Result<ExportCollectionResponse> {
                    const auto collection = still_there(now, *known);
                    if (!collection) return std::unexpected(collection.error());
                    return Export(request, now, *collection).run(pack);
                });
            if (!answer) return answer;
            written = true;
            record.gallery_size = answer->faces;
            record.probes.push_back(answer->digest);
            return answer;
        });
    // What no receipt tells of must not lie about.
    std::error_code ignored;
    if (!answered && written) std::filesystem::remove(request.file, ignored);
    return answered;
}

}  // namespace visavis::engine
