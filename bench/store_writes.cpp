// Durable writes a second by one and by several writers of the store: what group commit gives.
//
//     build/store_writes [DIRECTORY]      # on the disk to be measured; default: the working directory
#include <atomic>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <fmt/core.h>

#include "base/random.h"
#include "keys/seal.h"
#include "store/sqlite/sqlite_store.h"

namespace {

using namespace visavis;

constexpr std::chrono::seconds kFor{4};

double writes_per_second(store::Store& store, store::CollectionKey key, int writers) {
    std::atomic<bool> stop{false};
    std::atomic<std::size_t> done{0};
    std::vector<std::thread> threads;
    for (int w = 0; w < writers; ++w)
        threads.emplace_back([&] {
            while (!stop) {
                const std::vector faces{store::NewFace{.face_id = random_uuid(),
                                                       .image_id = random_uuid(),
                                                       .vector = std::vector<float>(128, 0.088F)}};
                const store::ImageOrigin origin{.image = sha256(as_bytes(faces[0].face_id)),
                                                .external_image_id = {}};
                if (store.write([&](store::Transaction& t) { return t.faces().add(key, origin, faces); }))
                    ++done;
            }
        });
    std::this_thread::sleep_for(kFor);
    stop = true;
    for (auto& thread : threads) thread.join();
    return static_cast<double>(done) / std::chrono::duration<double>(kFor).count();
}

}  // namespace

int main(int argc, char** argv) {
    const std::string directory = std::string(argc > 1 ? argv[1] : ".") + "/store-writes-" + random_uuid();
    std::filesystem::create_directories(directory);
    {
        auto store = store::sqlite::open(directory + "/visavis.db", keys::SealKey::generate());
        if (!store) {
            fmt::print(stderr, "error: {}\n", store.error().message);
            return 4;
        }
        const auto made = (*store)->write([](store::Transaction& t) {
            return t.collections().create({.account = "000000000000",
                                           .id = "c",
                                           .model_version = "1.0",
                                           .dimension = 128,
                                           .created = {}});
        });
        if (!made) return 4;
        const double one = writes_per_second(**store, made->key, 1);
        for (const int writers : {1, 8, 32}) {
            const double rate = writers == 1 ? one : writes_per_second(**store, made->key, writers);
            fmt::print("{:>2} writers: {:>8.0f} faces a second, {:.1f} times one writer\n", writers, rate,
                       rate / one);
        }
    }
    std::filesystem::remove_all(directory);
    return 0;
}
