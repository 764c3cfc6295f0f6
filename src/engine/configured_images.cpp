#include "engine/configured_images.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/directory_bucket.h"
#include "engine/s3_bucket.h"

namespace visavis::engine {
namespace {

class ConfiguredImages final : public ImageSource {
  public:
    explicit ConfiguredImages(std::vector<ObjectPlace> places) : places_(std::move(places)) {}

    Result<Bytes> fetch(const S3Object& object) const override {
        auto place = std::ranges::find(places_, object.bucket, &ObjectPlace::bucket);
        if (place == places_.end()) place = std::ranges::find(places_, std::string{}, &ObjectPlace::bucket);
        if (place == places_.end())
            return no_object(fmt::format("Bucket `{}` is not configured on this server.", object.bucket));
        return place->directory.empty() ? fetch_from_s3(*place, object)
                                        : read_from_directory(place->directory, object);
    }

  private:
    std::vector<ObjectPlace> places_;
};

}  // namespace

std::unexpected<Error> no_object(std::string_view reason) {
    return fail(ErrorCode::kInvalidS3Object,
                fmt::format("Unable to get object metadata from S3. Check object key, region and/or access "
                            "permissions. {}",
                            reason));
}

Result<std::unique_ptr<const ImageSource>> open_images(std::vector<ObjectPlace> places) {
    for (const ObjectPlace& place : places) {
        const bool local = !place.directory.empty();
        const bool remote = place.endpoint.starts_with("http://") || place.endpoint.starts_with("https://");
        if (local == remote || (local && place.bucket.empty()))
            return fail(ErrorCode::kInvalidParameter,
                        fmt::format("[[s3]] for bucket `{}`: give either `bucket` and `directory`, or an "
                                    "`endpoint` that begins with http:// or https:// (it is `{}`)",
                                    place.bucket, place.endpoint));
    }
    return std::make_unique<const ConfiguredImages>(std::move(places));
}

}  // namespace visavis::engine
