// An engine on a real database, for tests of what needs no model.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "engine/engine.h"
#include "engine/galleries.h"
#include "store/sqlite/sqlite_store.h"

namespace visavis::engine {

class TestEngine : public testing::Test {
  protected:
    static constexpr std::string_view kModel = "1.0";

    void SetUp() override {
        std::filesystem::create_directories(directory_ + "/index");
        open();
    }
    void TearDown() override {
        close();
        std::filesystem::remove_all(directory_);
    }

    void open(std::unique_ptr<Recorder> recorder = nullptr) {
        close();
        auto opened = store::sqlite::open(directory_ + "/visavis.db", key_);
        ASSERT_TRUE(opened) << opened.error().message;
        store_ = std::move(*opened);
        auto galleries = Galleries::open(*store_, place());
        ASSERT_TRUE(galleries) << galleries.error().message;
        auto scale = match::SimilarityScale::load(VISAVIS_SOURCE_DIR "/models/default/calibration.json");
        ASSERT_TRUE(scale) << scale.error().message;
        EngineParts parts{.pipeline = nullptr, .scale = std::move(*scale)};
        parts.model_version = kModel;
        parts.recorder = std::move(recorder);
        parts.store = store_;
        parts.galleries = std::move(*galleries);
        engine_.emplace(std::move(parts));
    }
    void close() {
        engine_.reset();
        store_.reset();
    }

    [[nodiscard]] GalleryPlace place() const { return {.directory = directory_ + "/index", .model = "m"}; }

    store::Collection create(const std::string& account, const std::string& id) {
        return store_
            ->write([&](store::Transaction& change) {
                return change.collections().create({.account = account,
                                                    .id = id,
                                                    .model_version = std::string(kModel),
                                                    .dimension = 2,
                                                    .created = {}});
            })
            .value();
    }
    std::optional<store::Collection> find(const std::string& account, const std::string& id) {
        return store_
            ->read([&](const store::Transaction& now) { return now.collections().find(account, id); })
            .value();
    }

    /// Faces of one image, in a transaction that `then` ends.
    template <typename Then>
    Result<std::vector<store::Face>> add(const store::Collection& collection, const std::string& picture,
                                         const std::vector<std::vector<float>>& vectors, const Then& then) {
        std::vector<store::NewFace> faces;
        for (const auto& vector : vectors)
            faces.push_back({.face_id = random_uuid(),
                             .image_id = random_uuid(),
                             .ordinal = static_cast<std::uint32_t>(faces.size()),
                             .box = {},
                             .confidence = 99,
                             .vector = vector});
        return store_->write([&](store::Transaction& change) -> Result<std::vector<store::Face>> {
            auto added = change.faces().add(
                collection.key, {.image = sha256(as_bytes(picture)), .external_image_id = {}}, faces);
            if (added)
                if (const auto noted = then(change, *added); !noted) return std::unexpected(noted.error());
            return added;
        });
    }

    std::string directory_ = testing::TempDir() + "/engine-" + random_uuid();
    keys::SealKey key_ = keys::SealKey::generate();
    std::shared_ptr<store::Store> store_;
    std::optional<Engine> engine_;
};

}  // namespace visavis::engine
