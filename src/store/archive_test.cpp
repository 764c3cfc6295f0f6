#include "store/archive.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/random.h"
#include "store/archive_frame.h"

namespace visavis::store {
namespace {

using testing::HasSubstr;

constexpr std::size_t kDimension = 64;
constexpr std::size_t kFaces = 9000;  // several parts

ArchivedFace face(std::size_t number) {
    ArchivedFace made;
    made.face.face_id = "00000000-0000-4000-8000-" + std::to_string(100000000000 + number);
    made.face.image_id = made.face.face_id;
    if (number % 3 != 0) made.face.external_image_id = number % 3 == 1 ? "" : "e:" + std::to_string(number);
    if (number % 100 == 0) made.face.user_id = "u";
    made.face.box = {.left = 0.25F, .top = -0.125F, .width = 0.5F, .height = 1};
    made.face.confidence = 98.5F;
    made.origin = Bytes(32, static_cast<std::uint8_t>(number));
    made.last_interaction = TimePoint(std::chrono::milliseconds(1000 + number));
    if (number % 50 == 0) made.case_id = "2026-8";
    made.ordinal = static_cast<std::uint32_t>(number % 7);
    for (std::size_t i = 0; i < kDimension; ++i)
        made.vector.push_back(static_cast<float>(number) + static_cast<float>(i) / 7);
    return made;
}

class Archive : public testing::Test {
  protected:
    void SetUp() override {
        directory_ = testing::TempDir() + "/archive-" + random_uuid();
        std::filesystem::create_directories(directory_);
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }

    static ArchivedCollection collection(std::uint64_t faces = kFaces) {
        return {.id = "a.B-c_1",
                .model_version = "1.0",
                .dimension = kDimension,
                .pack = "default 1.0",
                .created = TimePoint(std::chrono::milliseconds(1234567)),
                .tags = {{"purpose", "door"}, {"Ärger", ""}},
                .origin_key = Bytes(32, 7),
                .faces = faces,
                .users = 1};
    }
    Sha256 write(std::uint64_t said = kFaces) const {
        auto writer = ArchiveWriter::create(path(), secret_, collection(said)).value();
        EXPECT_TRUE(writer->add(
            ArchivedUser{.row = 5,
                         .user_id = "u",
                         .last_interaction = TimePoint(std::chrono::milliseconds(77)),
                         .case_id = "2026-7",
                         .fused = FusedTemplate{.vector = std::vector<float>(kDimension, 0.125F)}}));
        for (std::size_t i = 0; i < kFaces; ++i) EXPECT_TRUE(writer->add(face(i)));
        return writer->finish().value();
    }
    /// Reads all of it: nothing, or what is wrong.
    static Result<std::size_t> read(const std::string& path, const ArchiveSecret& secret) {
        const auto reader = ArchiveReader::open(path, secret);
        if (!reader) return std::unexpected(reader.error());
        for (std::size_t count = 0;; ++count) {
            const auto record = (*reader)->next();
            if (!record) return std::unexpected(record.error());
            if (!*record) return count;
        }
    }
    Result<std::size_t> read_bytes(const Bytes& bytes) const {
        const std::string copy = directory_ + "/copy";
        std::ofstream(copy, std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
        return read(copy, secret_);
    }
    Bytes content() const { return read_file(path(), 1U << 30U).value(); }
    std::string path() const { return directory_ + "/a.visavis"; }

    std::string directory_;
    ArchiveSecret secret_{.kind = ArchiveSecret::Kind::kKeyFile, .content = random_bytes(40)};
};

TEST_F(Archive, ComesBackAsItWasWritten) {
    const Sha256 digest = write();
    EXPECT_EQ(digest, sha256_of_file(path()).value());
    struct stat status{};
    ASSERT_EQ(::stat(path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    const auto reader = ArchiveReader::open(path(), secret_).value();
    const ArchivedCollection& kept = reader->collection();
    EXPECT_EQ(kept.id, "a.B-c_1");
    EXPECT_EQ(kept.model_version, "1.0");
    EXPECT_EQ(kept.dimension, kDimension);
    EXPECT_EQ(kept.created.time_since_epoch().count(), 1234567);
    EXPECT_EQ(kept.tags, (TagMap{{"purpose", "door"}, {"Ärger", ""}}));
    EXPECT_EQ(kept.origin_key, Bytes(32, 7));
    const auto user = std::get<ArchivedUser>(reader->next().value().value());
    EXPECT_EQ(user.user_id, "u");
    EXPECT_EQ(user.case_id, "2026-7");
    EXPECT_EQ(user.last_interaction.time_since_epoch().count(), 77);
    EXPECT_EQ(user.fused.value().vector[0], 0.125F);
    for (std::size_t i = 0; i < kFaces; ++i) {
        const auto one = std::get<ArchivedFace>(reader->next().value().value());
        const ArchivedFace as_it_was = face(i);
        ASSERT_EQ(one.face.face_id, as_it_was.face.face_id);
        ASSERT_EQ(one.face.external_image_id, as_it_was.face.external_image_id);
        ASSERT_EQ(one.face.user_id, as_it_was.face.user_id);
        ASSERT_EQ(one.face.box.top, -0.125F);
        ASSERT_EQ(one.origin, as_it_was.origin);
        ASSERT_EQ(one.ordinal, as_it_was.ordinal);
        ASSERT_EQ(one.last_interaction, as_it_was.last_interaction);
        ASSERT_EQ(one.case_id, as_it_was.case_id);
        ASSERT_EQ(one.vector, as_it_was.vector);
    }
    EXPECT_EQ(reader->next().value(), std::nullopt);
    EXPECT_EQ(reader->next().value(), std::nullopt) << "and so for ever";
    EXPECT_EQ(reader->digest(), digest);
}

TEST_F(Archive, ShowsNothingWithoutItsKey) {
    write();
    const Bytes all = content();
    for (const std::string_view word : {"a.B-c_1", "purpose", "00000000-0000-4000"})
        EXPECT_TRUE(std::ranges::search(all, as_bytes(word)).empty()) << word;
    const ArchivedFace one = face(17);
    const ByteView numbers(reinterpret_cast<const std::uint8_t*>(one.vector.data()), 16);
    EXPECT_TRUE(std::ranges::search(all, numbers).empty());
}

TEST_F(Archive, AnotherKeyOrPassphraseIsTold) {
    write();
    const auto other = read(path(), {.kind = ArchiveSecret::Kind::kKeyFile, .content = random_bytes(40)});
    EXPECT_EQ(other.error().code, ErrorCode::kInvalidParameter);
    EXPECT_THAT(other.error().message, HasSubstr("does not open with this key file"));
    const Bytes words(20, 'w');
    const auto kind = read(path(), {.kind = ArchiveSecret::Kind::kPassphrase, .content = words});
    EXPECT_THAT(kind.error().message, HasSubstr("sealed with a key file; a passphrase was given"));
}

TEST_F(Archive, APassphraseOpensItAndAShortOneIsRefused) {
    const std::string words = "correct horse battery";
    secret_ = {.kind = ArchiveSecret::Kind::kPassphrase, .content = {words.begin(), words.end()}};
    write();
    EXPECT_EQ(read(path(), secret_).value(), kFaces + 1);
    secret_.content.back() ^= 1;
    EXPECT_THAT(read(path(), secret_).error().message, HasSubstr("does not open with this passphrase"));
    secret_.content.resize(kLeastPassphrase - 1);
    const auto brief = ArchiveWriter::create(directory_ + "/b", secret_, collection());
    EXPECT_EQ(brief.error().code, ErrorCode::kInvalidParameter);
}

TEST_F(Archive, WhereverItIsCutOffIsTold) {
    write();
    const Bytes all = content();
    ASSERT_GT(all.size(), std::size_t{2} << 20U) << "several parts";
    for (const std::size_t length : {std::size_t{0}, std::size_t{50}, archive::kHeaderBytes,
                                     archive::kHeaderBytes + 2, all.size() / 2, all.size() - 1}) {
        const auto cut = read_bytes({all.begin(), all.begin() + static_cast<std::ptrdiff_t>(length)});
        ASSERT_FALSE(cut) << length;
    }
    Bytes longer = all;
    longer.push_back(0);
    EXPECT_THAT(read_bytes(longer).error().message, HasSubstr("something follows"));
}

TEST_F(Archive, AnyAlteredByteIsTold) {
    write();
    const Bytes all = content();
    for (std::size_t i = 0; i < 60; ++i) {
        Bytes altered = all;
        const std::size_t at = i < 20 ? i * archive::kHeaderBytes / 20 : i * (all.size() / 61);
        altered[at] = static_cast<std::uint8_t>(altered[at] ^ (1U << (i % 8)));
        const auto told = read_bytes(altered);
        ASSERT_FALSE(told) << at;
    }
    Bytes altered = all;
    altered[all.size() / 2] ^= 4;
    EXPECT_EQ(read_bytes(altered).error().code, ErrorCode::kInternal);
    EXPECT_THAT(read_bytes(altered).error().message, HasSubstr("altered"));
}

TEST_F(Archive, PartsCannotChangePlacesNorBeLeftOut) {
    write();
    const Bytes all = content();
    std::vector<Bytes> parts;
    for (std::size_t at = archive::kHeaderBytes; at < all.size();) {
        std::size_t size = 4;
        for (unsigned i = 0; i < 4; ++i) size += std::size_t{all[at + i] & (i == 3 ? 127U : 255U)} << (8 * i);
        parts.emplace_back(all.begin() + static_cast<std::ptrdiff_t>(at),
                           all.begin() + static_cast<std::ptrdiff_t>(at + size));
        at += size;
    }
    ASSERT_GE(parts.size(), 4U);
    const auto joined = [&](const std::vector<std::size_t>& order) {
        Bytes made(all.begin(), all.begin() + archive::kHeaderBytes);
        for (const std::size_t i : order) made.insert(made.end(), parts[i].begin(), parts[i].end());
        return read_bytes(made);
    };
    std::vector<std::size_t> order(parts.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    ASSERT_TRUE(joined(order));
    std::swap(order[1], order[2]);
    EXPECT_FALSE(joined(order));
    std::swap(order[1], order[2]);
    order.erase(order.begin() + 1);
    EXPECT_FALSE(joined(order));
    order.resize(2);
    EXPECT_FALSE(joined(order));
}

TEST_F(Archive, FewerFacesThanItSaysIsTold) {
    write(kFaces + 1);
    EXPECT_THAT(read(path(), secret_).error().message, HasSubstr("another number of faces"));
}

TEST_F(Archive, AnUnfinishedOneLeavesNothingAndNoneIsWrittenOver) {
    {
        auto writer = ArchiveWriter::create(path(), secret_, collection()).value();
    }
    EXPECT_TRUE(std::filesystem::is_empty(directory_));
    write();
    EXPECT_EQ(ArchiveWriter::create(path(), secret_, collection()).error().code, ErrorCode::kAlreadyExists);
    EXPECT_EQ(ArchiveWriter::create(directory_ + "/no/where", secret_, collection()).error().code,
              ErrorCode::kUnavailable);
    EXPECT_EQ(ArchiveReader::open(directory_ + "/none", secret_).error().code, ErrorCode::kNotFound);
    std::ofstream(directory_ + "/text") << std::string(500, 'x');
    EXPECT_THAT(ArchiveReader::open(directory_ + "/text", secret_).error().message, HasSubstr("no archive"));
}

}  // namespace
}  // namespace visavis::store
