#include "store/archive_coding.h"

#include <bit>
#include <cstring>

namespace visavis::store::archive {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are written as they lie in memory");

template <typename Number>
void put(Bytes& into, Number number) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&number);
    into.insert(into.end(), bytes, bytes + sizeof(Number));
}

void put(Bytes& into, ByteView bytes) {
    put(into, static_cast<std::uint32_t>(bytes.size()));
    into.insert(into.end(), bytes.begin(), bytes.end());
}

void put(Bytes& into, std::string_view text) {
    put(into, as_bytes(text));
}

void put(Bytes& into, const std::optional<std::string>& text) {
    put(into, static_cast<std::uint8_t>(text ? 1 : 0));
    put(into, std::string_view(text ? *text : std::string()));
}

void put(Bytes& into, const std::vector<float>& vector) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(vector.data());
    into.insert(into.end(), bytes, bytes + vector.size() * sizeof(float));
}

void put(Bytes& into, TimePoint time) {
    put(into, std::int64_t{time.time_since_epoch().count()});
}

void put(Bytes& into, const ArchivedUser& user) {
    put(into, kUser);
    put(into, std::string_view(user.user_id));
    put(into, user.last_interaction);
    put(into, user.case_id);
    put(into, static_cast<std::uint8_t>(user.fused ? 1 : 0));
    if (user.fused) put(into, user.fused->vector);
}

void put(Bytes& into, const ArchivedFace& one) {
    put(into, kFace);
    put(into, std::string_view(one.face.face_id));
    put(into, std::string_view(one.face.image_id));
    put(into, one.face.external_image_id);
    put(into, ByteView(one.origin));
    put(into, one.ordinal);
    for (const float side : {one.face.box.left, one.face.box.top, one.face.box.width, one.face.box.height})
        put(into, side);
    put(into, one.face.confidence);
    put(into, one.face.user_id);
    put(into, one.last_interaction);
    put(into, one.case_id);
    put(into, one.vector);
}

}  // namespace

void write(Bytes& into, const ArchivedCollection& collection) {
    put(into, kCollection);
    put(into, std::string_view(collection.id));
    put(into, std::string_view(collection.model_version));
    put(into, static_cast<std::uint32_t>(collection.dimension));
    put(into, std::string_view(collection.pack));
    put(into, collection.created);
    put(into, ByteView(collection.origin_key));
    put(into, collection.faces);
    put(into, collection.users);
    put(into, static_cast<std::uint32_t>(collection.tags.size()));
    for (const auto& [name, value] : collection.tags) {
        put(into, std::string_view(name));
        put(into, std::string_view(value));
    }
}

void write(Bytes& into, const ArchivedRecord& record) {
    std::visit([&](const auto& one) { put(into, one); }, record);
}

void write(Bytes& into, const Totals& totals) {
    put(into, kEnd);
    put(into, totals.faces);
    put(into, totals.users);
}

ByteView RecordReader::take(std::size_t count) {
    if (count > left_.size()) {
        good_ = false;
        left_ = {};
        return {};
    }
    const ByteView taken = left_.first(count);
    left_ = left_.subspan(count);
    return taken;
}

template <typename Number>
Number RecordReader::number() {
    Number value{};
    if (const ByteView bytes = take(sizeof(Number)); !bytes.empty())
        std::memcpy(&value, bytes.data(), sizeof(Number));
    return value;
}

std::string RecordReader::text() {
    return std::string(as_text(take(number<std::uint32_t>())));
}

std::optional<std::string> RecordReader::optional_text() {
    const bool there = number<std::uint8_t>() != 0;
    std::string content = text();
    if (!there) return std::nullopt;
    return content;
}

TimePoint RecordReader::time() {
    return TimePoint(std::chrono::milliseconds(number<std::int64_t>()));
}

Bytes RecordReader::blob() {
    const ByteView bytes = take(number<std::uint32_t>());
    return {bytes.begin(), bytes.end()};
}

std::vector<float> RecordReader::vector() {
    std::vector<float> values(dimension_);
    if (const ByteView bytes = take(dimension_ * sizeof(float)); !bytes.empty())
        std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
}

std::optional<ArchivedCollection> RecordReader::collection() {
    ArchivedCollection made;
    if (number<std::uint8_t>() != kCollection) return std::nullopt;
    made.id = text();
    made.model_version = text();
    made.dimension = number<std::uint32_t>();
    made.pack = text();
    made.created = time();
    made.origin_key = blob();
    made.faces = number<std::uint64_t>();
    made.users = number<std::uint64_t>();
    const auto tags = number<std::uint32_t>();
    for (std::uint32_t i = 0; i < tags && good_; ++i) {
        std::string name = text();
        made.tags[std::move(name)] = text();
    }
    if (!good_) return std::nullopt;
    return made;
}

std::optional<ArchivedRecord> RecordReader::record() {
    const auto kind = number<std::uint8_t>();
    std::optional<ArchivedRecord> made;
    if (kind == kUser) {
        ArchivedUser user{.row = 0, .user_id = text(), .last_interaction = {}, .case_id = {}, .fused = {}};
        user.last_interaction = time();
        user.case_id = optional_text();
        if (number<std::uint8_t>() != 0) user.fused = FusedTemplate{.vector = vector()};
        made = std::move(user);
    } else if (kind == kFace) {
        ArchivedFace one;
        one.face.face_id = text();
        one.face.image_id = text();
        one.face.external_image_id = optional_text();
        one.origin = blob();
        one.ordinal = number<std::uint32_t>();
        for (float* side : {&one.face.box.left, &one.face.box.top, &one.face.box.width, &one.face.box.height})
            *side = number<float>();
        one.face.confidence = number<float>();
        one.face.user_id = optional_text();
        one.last_interaction = time();
        one.case_id = optional_text();
        one.vector = vector();
        made = std::move(one);
    }
    if (!good_) return std::nullopt;
    return made;
}

std::optional<Totals> RecordReader::totals() {
    if (number<std::uint8_t>() != kEnd) return std::nullopt;
    Totals totals;
    totals.faces = number<std::uint64_t>();
    totals.users = number<std::uint64_t>();
    if (!good_) return std::nullopt;
    return totals;
}

}  // namespace visavis::store::archive
