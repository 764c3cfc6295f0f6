#include "engine/picture_source.h"

#include <fmt/format.h>

namespace visavis::engine {

Result<image::Picture> load_picture(const Image& image) {
    if (const auto* object = std::get_if<S3Object>(&image))
        return fail(
            ErrorCode::kInvalidS3Object,
            fmt::format("Unable to get object metadata from S3. Check object key, region and/or access "
                        "permissions. No S3 source is configured on this server for bucket `{}`; send the "
                        "image as Bytes.",
                        object->bucket));
    return image::decode(std::get<Bytes>(image), {});
}

}  // namespace visavis::engine
