#include "engine/picture_source.h"

#include <fmt/format.h>

namespace visavis::engine {

Result<image::Picture> load_picture(const Image& image, Record& record) {
    if (const auto* object = std::get_if<S3Object>(&image))
        return fail(
            ErrorCode::kInvalidS3Object,
            fmt::format("Unable to get object metadata from S3. Check object key, region and/or access "
                        "permissions. No S3 source is configured on this server for bucket `{}`; send the "
                        "image as Bytes.",
                        object->bucket));
    const Bytes& bytes = std::get<Bytes>(image);
    record.probes.push_back(sha256(bytes));
    return image::decode(bytes, {});
}

}  // namespace visavis::engine
