#include "audit/template_cache.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <optional>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/limits.h"
#include "image/picture.h"

namespace visavis::audit {
namespace {

constexpr std::array<char, 8> kMagic = {'V', 'V', 'T', 'C', '1', '\n', 0, 0};
constexpr std::size_t kHeaderBytes = kMagic.size() + sizeof(Sha256);
constexpr std::size_t kFrameBytes = 4 + 8;
constexpr std::size_t kMostRecordBytes = std::size_t{1} << 20;
constexpr std::size_t kMostCacheBytes = std::size_t{16} << 30;

/// A face as it stands in the file: box 4, confidence, landmarks 10, pose 3, quality 2.
using FaceNumbers = std::array<float, 20>;

FaceNumbers numbers_of(const face::Face& face) {
    FaceNumbers numbers = {face.box.left, face.box.top, face.box.width, face.box.height, face.confidence};
    for (std::size_t i = 0; i < face.landmarks.size(); ++i) {
        numbers[5 + 2 * i] = face.landmarks[i].x;
        numbers[6 + 2 * i] = face.landmarks[i].y;
    }
    numbers[15] = face.pose.roll;
    numbers[16] = face.pose.yaw;
    numbers[17] = face.pose.pitch;
    numbers[18] = face.quality.brightness;
    numbers[19] = face.quality.sharpness;
    return numbers;
}

face::Face face_of(const FaceNumbers& numbers) {
    face::Face face;
    face.box = {.left = numbers[0], .top = numbers[1], .width = numbers[2], .height = numbers[3]};
    face.confidence = numbers[4];
    for (std::size_t i = 0; i < face.landmarks.size(); ++i)
        face.landmarks[i] = {.x = numbers[5 + 2 * i], .y = numbers[6 + 2 * i]};
    face.pose = {.roll = numbers[15], .yaw = numbers[16], .pitch = numbers[17]};
    face.quality = {.brightness = numbers[18], .sharpness = numbers[19]};
    return face;
}

class Writer {
  public:
    template <typename T>
    void put(const T& value) {
        static_assert(std::is_trivially_copyable_v<T>);
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(&value);
        bytes_.insert(bytes_.end(), bytes, bytes + sizeof(T));
    }
    void put(std::span<const float> values) {
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(values.data());
        bytes_.insert(bytes_.end(), bytes, bytes + values.size_bytes());
    }
    void put(ByteView bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
    [[nodiscard]] const Bytes& bytes() const { return bytes_; }

  private:
    Bytes bytes_;
};

class Reader {
  public:
    explicit Reader(ByteView bytes) : bytes_(bytes) {}
    template <typename T>
    bool get(T& value) {
        return take(&value, sizeof(T));
    }
    bool take(void* into, std::size_t size) {
        if (bytes_.size() < size) return false;
        std::memcpy(into, bytes_.data(), size);
        bytes_ = bytes_.subspan(size);
        return true;
    }
    [[nodiscard]] std::size_t left() const { return bytes_.size(); }

  private:
    ByteView bytes_;
};

Bytes encode(const PictureRecord& record) {
    Writer writer;
    writer.put(record.picture);
    writer.put(static_cast<std::int32_t>(record.width));
    writer.put(static_cast<std::int32_t>(record.height));
    writer.put(static_cast<std::uint32_t>(record.error.size()));
    writer.put(as_bytes(record.error));
    writer.put(static_cast<std::uint32_t>(record.faces.size()));
    for (const FaceRecord& face : record.faces) {
        writer.put(numbers_of(face.face));
        writer.put(static_cast<std::uint32_t>(face.vector.size()));
        writer.put(std::span(face.vector));
    }
    return writer.bytes();
}

std::optional<PictureRecord> decode_record(ByteView bytes) {
    Reader reader(bytes);
    PictureRecord record;
    std::int32_t width{};
    std::int32_t height{};
    std::uint32_t length{};
    if (!reader.get(record.picture) || !reader.get(width) || !reader.get(height) || !reader.get(length) ||
        length > reader.left())
        return std::nullopt;
    record.width = width;
    record.height = height;
    record.error.resize(length);
    std::uint32_t faces{};
    if (!reader.take(record.error.data(), length) || !reader.get(faces) || faces > kTemplatesPerPicture)
        return std::nullopt;
    for (std::uint32_t i = 0; i < faces; ++i) {
        FaceRecord face;
        FaceNumbers numbers{};
        if (!reader.get(numbers) || !reader.get(length) || length > reader.left() / sizeof(float))
            return std::nullopt;
        face.face = face_of(numbers);
        face.vector.resize(length);
        reader.take(face.vector.data(), length * sizeof(float));
        record.faces.push_back(std::move(face));
    }
    return record;
}

std::unexpected<Error> cannot(const std::string& path, std::string_view what) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("template cache `{}` cannot be {}: {}", path, what, std::strerror(errno)));
}

bool write_all(int fd, ByteView bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return true;
}

Result<PictureRecord> run(const std::string& file, const Sha256& hash, const face::Pipeline& pipeline) {
    PictureRecord record{.picture = hash, .width = 0, .height = 0, .error = {}, .faces = {}};
    if (too_large(file)) {
        record.error = name(ErrorCode::kImageTooLarge);
        return record;
    }
    const auto bytes = read_file(file, limits::kStoredImageBytes);
    if (!bytes) return std::unexpected(bytes.error());
    const auto picture = image::decode(*bytes, {});
    if (!picture) {
        record.error = name(picture.error().code);
        return record;
    }
    record.width = picture->displayed_width();
    record.height = picture->displayed_height();
    auto faces = pipeline.detect(*picture);
    if (!faces) return std::unexpected(faces.error());
    if (faces->size() > kTemplatesPerPicture) faces->resize(kTemplatesPerPicture);
    auto vectors = pipeline.embed(*picture, *faces);
    if (!vectors) return std::unexpected(vectors.error());
    for (std::size_t i = 0; i < faces->size(); ++i)
        // Without the crop, which shows the person.
        record.faces.push_back(
            {.face = face_of(numbers_of((*faces)[i])), .vector = std::move((*vectors)[i])});
    return record;
}

}  // namespace

bool too_large(const std::string& file) {
    std::error_code unknown;
    const auto size = std::filesystem::file_size(file, unknown);
    return !unknown && size > limits::kStoredImageBytes;
}

Sha256 pipeline_identity(const infer::ModelPack& pack) {
    std::string identity = fmt::format("pipeline {}\n", face::kPipelineVersion);
    for (const auto& file : pack.files)
        if (file.role == "detector" || file.role == "embedder")
            identity += file.role + " " + file.sha256 + "\n";
    return sha256(as_bytes(identity));
}

Result<TemplateCache> TemplateCache::open(const std::string& path, const Sha256& identity) {
    TemplateCache cache;
    cache.path_ = path;
    cache.file_ = FileDescriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_APPEND, 0600));
    if (!cache.file_) return cannot(path, "opened");
    const auto content = read_file(path, kMostCacheBytes);
    if (!content) return std::unexpected(content.error());

    const ByteView bytes = *content;
    if (!bytes.empty() &&
        (bytes.size() < kMagic.size() || std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0))
        return fail(ErrorCode::kInvalidParameter, fmt::format("`{}` is not a template cache", path));
    const bool same = bytes.size() >= kHeaderBytes &&
                      std::memcmp(bytes.data() + kMagic.size(), identity.data(), identity.size()) == 0;
    if (!same) {
        Writer header;
        header.put(kMagic);
        header.put(identity);
        if (::ftruncate(cache.file_.get(), 0) != 0 || !write_all(cache.file_.get(), header.bytes()))
            return cannot(path, "written");
        return cache;
    }

    std::size_t at = kHeaderBytes;
    while (at + kFrameBytes <= bytes.size()) {
        std::uint32_t length{};
        std::memcpy(&length, bytes.data() + at, sizeof length);
        if (length > kMostRecordBytes || at + kFrameBytes + length > bytes.size()) break;
        const ByteView payload = bytes.subspan(at + kFrameBytes, length);
        if (std::memcmp(sha256(payload).data(), bytes.data() + at + 4, 8) != 0) break;
        auto record = decode_record(payload);
        if (!record) break;
        const Sha256 key = record->picture;
        cache.records_.insert_or_assign(key, std::move(*record));
        at += kFrameBytes + length;
    }
    if (at < bytes.size() && ::ftruncate(cache.file_.get(), static_cast<off_t>(at)) != 0)
        return cannot(path, "cut to its last whole record");
    return cache;
}

const PictureRecord* TemplateCache::find(const Sha256& picture) const {
    const auto found = records_.find(picture);
    return found == records_.end() ? nullptr : &found->second;
}

Result<void> TemplateCache::add(PictureRecord record) {
    const Bytes payload = encode(record);
    const Sha256 check = sha256(payload);
    Writer frame;
    frame.put(static_cast<std::uint32_t>(payload.size()));
    frame.put(ByteView(check).first(8));
    frame.put(ByteView(payload));
    if (!write_all(file_.get(), frame.bytes())) return cannot(path_, "written");
    const Sha256 key = record.picture;
    records_.insert_or_assign(key, std::move(record));
    return {};
}

Result<std::vector<const PictureRecord*>> recognise(std::span<const std::string> files,
                                                    const face::Pipeline& pipeline, TemplateCache& cache,
                                                    int threads, const Progress& progress) {
    std::vector<Sha256> hashes(files.size());
    std::atomic<std::size_t> next{0};
    std::size_t done = 0;
    std::mutex mutex;  // guards cache, done, problem
    std::optional<Error> problem;

    const auto work = [&] {
        for (std::size_t i = next++; i < files.size(); i = next++) {
            const auto hash = sha256_of_file(files[i]);
            bool known = false;
            {
                const std::scoped_lock lock(mutex);
                if (problem) return;
                if (!hash) {
                    problem = Error{ErrorCode::kNotFound, fmt::format("`{}` cannot be read", files[i])};
                    return;
                }
                hashes[i] = *hash;
                known = cache.find(*hash) != nullptr;
            }
            std::optional<Result<PictureRecord>> record;
            if (!known) record = run(files[i], *hash, pipeline);
            const std::scoped_lock lock(mutex);
            if (record && !*record) {
                problem = record->error();
                return;
            }
            if (record)
                if (const auto added = cache.add(std::move(**record)); !added) {
                    problem = added.error();
                    return;
                }
            if (progress) progress(++done, files.size());
        }
    };
    {
        std::vector<std::jthread> workers;
        for (int i = 1; i < threads; ++i) workers.emplace_back(work);
        work();
    }
    if (problem) return std::unexpected(*problem);
    std::vector<const PictureRecord*> records;
    records.reserve(files.size());
    for (const Sha256& hash : hashes) records.push_back(cache.find(hash));
    return records;
}

}  // namespace visavis::audit
