// What the tests of the store's contract share. They run on every implementation (contract_test.cpp).
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "keys/seal.h"
#include "store/store.h"

namespace visavis::store {

struct Implementation {
    const char* name;
    Result<std::unique_ptr<Store>> (*open)(const std::string& directory, const keys::SealKey& key);
};

/// The value itself, so that a loop over it does not outlive it.
template <typename T>
T got(Result<T> result) {
    return std::move(result).value();
}

class StoreContract : public testing::TestWithParam<Implementation> {
  protected:
    void SetUp() override {
        directory_ = testing::TempDir() + "/store-" + random_uuid();
        std::filesystem::create_directories(directory_);
        reopen();
    }
    void TearDown() override {
        store_.reset();
        std::filesystem::remove_all(directory_);
    }
    void reopen() {
        store_.reset();
        auto opened = GetParam().open(directory_, key_);
        ASSERT_TRUE(opened) << opened.error().message;
        store_ = std::move(*opened);
    }

    Result<Collection> create(const std::string& account, const std::string& id) {
        return store_->write([&](Transaction& t) {
            return t.collections().create({.account = account,
                                           .id = id,
                                           .model_version = "1.0",
                                           .dimension = 4,
                                           .created = TimePoint(std::chrono::milliseconds(1234567)),
                                           .owner = "alice"});
        });
    }
    Collection collection(const std::string& id) {
        return store_->read([&](const Transaction& t) { return t.collections().find("111122223333", id); })
            .value()
            .value();
    }
    static NewFace new_face(std::uint32_t ordinal, float first = 1) {
        return {.face_id = random_uuid(),
                .image_id = random_uuid(),
                .ordinal = ordinal,
                .box = {.left = 0.125F, .top = 0.25F, .width = 0.5F, .height = 0.375F},
                .confidence = 99.5F,
                .vector = {first, 2, 3, 4},
                .weight = 1.5F,
                .offset = -0.25F};
    }
    static ImageOrigin origin(std::string_view picture, std::optional<std::string> external = {}) {
        return {.image = sha256(as_bytes(picture)), .external_image_id = std::move(external)};
    }
    Result<std::vector<Face>> add(CollectionKey key, const ImageOrigin& from, std::vector<NewFace> faces) {
        return store_->write([&](Transaction& t) { return t.faces().add(key, from, faces); });
    }

    std::string directory_;
    keys::SealKey key_ = keys::SealKey::generate();
    std::unique_ptr<Store> store_;
};

}  // namespace visavis::store
