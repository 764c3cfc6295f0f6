// Faces and templates of pictures, computed once and kept in a file, so that an audit of thousands of
// pictures can be interrupted, resumed and repeated in seconds.
//
// The file holds templates: biometric data of the people pictured. It is written with mode 0600 and belongs
// beside the photographs, under the same care.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "face/pipeline.h"
#include "infer/model_pack.h"

namespace visavis::audit {

/// At most this many of a picture's largest faces get a template.
inline constexpr std::size_t kTemplatesPerPicture = 3;

struct FaceRecord {
    face::Face face;
    face::Template vector;
};

/// What the pipeline says of one picture's bytes.
struct PictureRecord {
    Sha256 picture{};  ///< of the file's bytes
    int width{};       ///< displayed, pixels; 0 if it could not be decoded
    int height{};
    std::string error;              ///< name of the ErrorCode if it could not be decoded, else empty
    std::vector<FaceRecord> faces;  ///< largest first, at most kTemplatesPerPicture
};

/// Identifies what made a template: the pack's networks (not its curve) and face::kPipelineVersion.
[[nodiscard]] Sha256 pipeline_identity(const infer::ModelPack& pack);

/// Whether a file has more bytes than the server takes of a picture. Audits count it as undecoded.
[[nodiscard]] bool too_large(const std::string& file);

/// Append-only file of PictureRecords of one pipeline identity. Not thread-safe.
///
/// Layout, little-endian: "VVTC1\n\0\0", 32 bytes identity; then per record u32 length of payload, the first
/// 8 bytes of the payload's SHA-256, payload. A torn tail (a crash, a full disk) is cut off when the file is
/// opened.
class TemplateCache {
  public:
    /// Opens or makes `path`. A file of another identity is emptied: its templates do not compare with
    /// today's. kUnavailable, naming the file, if it cannot be written; kInvalidParameter if it is no cache.
    static Result<TemplateCache> open(const std::string& path, const Sha256& identity);

    /// nullptr if the picture is not in it. Valid until the cache goes.
    [[nodiscard]] const PictureRecord* find(const Sha256& picture) const;

    /// Keeps `record`; kUnavailable if it cannot be written.
    Result<void> add(PictureRecord record);

    [[nodiscard]] std::size_t size() const noexcept { return records_.size(); }

  private:
    TemplateCache() = default;

    std::string path_;
    FileDescriptor file_;
    std::map<Sha256, PictureRecord> records_;
};

/// done, all
using Progress = std::function<void(std::size_t, std::size_t)>;

/// The record of each of `files`, in their order, from the cache or by running the pipeline on `threads`
/// threads and adding to it. A file that is no picture gives a record with `error` set; a file that cannot be
/// read ends the call with kNotFound. Interrupted, it loses nothing that was done.
[[nodiscard]] Result<std::vector<const PictureRecord*>> recognise(std::span<const std::string> files,
                                                                  const face::Pipeline& pipeline,
                                                                  TemplateCache& cache, int threads,
                                                                  const Progress& progress);

}  // namespace visavis::audit
