#include "engine/picture_source.h"

#include <fmt/format.h>

#include "engine/engine.h"

namespace visavis::engine {
namespace {

Result<LoadedPicture> decode(const Engine& engine, const Bytes& bytes, Record& record) {
    record.probes.push_back(sha256(bytes));
    auto turn = engine.pipeline().take_turn();
    auto picture = image::decode(bytes, {});
    if (!picture) return std::unexpected(picture.error());
    return LoadedPicture{.turn = std::move(turn), .picture = std::move(*picture)};
}

}  // namespace

Result<LoadedPicture> load_picture(const Engine& engine, const Image& image, Record& record) {
    if (const auto* bytes = std::get_if<Bytes>(&image)) return decode(engine, *bytes, record);
    const auto& object = std::get<S3Object>(image);
    if (engine.images() == nullptr)
        return fail(
            ErrorCode::kInvalidS3Object,
            fmt::format("Unable to get object metadata from S3. Check object key, region and/or access "
                        "permissions. No S3 source is configured on this server for bucket `{}`; send the "
                        "image as Bytes.",
                        object.bucket));
    const auto bytes = engine.images()->fetch(object);
    if (!bytes) return std::unexpected(bytes.error());
    return decode(engine, *bytes, record);
}

}  // namespace visavis::engine
