// What encryption at rest costs: how long until a million templates that are encrypted on disk can be
// searched, from a table of sealed rows and from the index's own file (docs/decisions/0040-index-at-rest.md),
// and what a single face costs when it is enrolled or erased (docs/performance.md).
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/core.h>
#include <openssl/evp.h>

#include "base/digest.h"
#include "base/random.h"
#include "keys/seal.h"
#include "match/index.h"
#include "match/index/block_cipher.h"
#include "match/synthetic.h"

namespace {

using namespace visavis;
using namespace visavis::match;
using Steady = std::chrono::steady_clock;

double since(Steady::time_point start) {
    return std::chrono::duration<double>(Steady::now() - start).count();
}

// Of one face, in microseconds: what the store does when it keeps or reads a template, and the index when it
// writes the block that a face lies in.
void print_costs_of_one() {
    constexpr std::size_t kTimes = 20'000;
    const auto wrapping = keys::SealKey::generate();
    const auto own = keys::SealKey::generate();
    const Bytes wrapped = wrapping.seal(own.bytes(), as_bytes("a collection"));
    const Bytes plain = random_bytes(512);
    Bytes sealed;
    const auto each = [&](const char* what, std::size_t times, const auto& action) {
        const auto start = Steady::now();
        for (std::size_t i = 0; i < times; ++i) action();
        fmt::print("{}: {:.2f} us\n", what, 1e6 * since(start) / static_cast<double>(times));
    };
    each("opening a collection's key and sealing a template with it", kTimes, [&] {
        const auto key = keys::SealKey::from_bytes(*wrapping.open(wrapped, as_bytes("a collection")));
        (void)key->derive("origins");
        sealed = key->derive("templates").seal(plain, as_bytes("a place"));
    });
    const auto templates = own.derive("templates");
    each("opening a template", kTimes, [&] { (void)templates.open(sealed, as_bytes("a place")); });
    const Sha256 key = sha256(random_bytes(32));
    const BlockCipher cipher(key);
    Bytes block = random_bytes(168'448);
    Bytes out(BlockCipher::kHeadBytes + block.size());
    const BlockCipher::Part part(block.data(), block.size());
    each("sealing a block of the index file, 256 rows", 2'000,
         [&] { cipher.seal(std::span(&part, 1), {}, out); });
}

}  // namespace

int main(int argc, char** argv) {
    const std::string folder = argc > 1 ? argv[1] : ".";
    const std::size_t faces = argc > 2 ? std::stoul(argv[2]) : 1'000'000;
    print_costs_of_one();
    constexpr std::size_t kDimension = 128;
    constexpr std::size_t kBytes = kDimension * sizeof(float);
    const Sha256 key = sha256(random_bytes(32));
    const BlockCipher cipher(key);
    const IndexPlace place{.path = folder + "/at-rest-index",
                           .key = random_bytes(32),
                           .model = "bench",
                           .dimension = kDimension};

    {
        SQLite::Database database(folder + "/at-rest.db", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
        database.exec(
            "PRAGMA journal_mode=WAL; CREATE TABLE face (id INTEGER PRIMARY KEY, sealed BLOB NOT NULL)");
        SQLite::Transaction transaction(database);
        SQLite::Statement insert(database, "INSERT INTO face VALUES (?, ?)");
        auto index = std::move(Index::open(place, 1)->index);
        SyntheticTemplates source(kDimension, 1);
        std::vector<float> vector(kDimension);
        Bytes sealed(BlockCipher::kHeadBytes + kBytes);
        for (std::size_t i = 0; i < faces; ++i) {
            source.next(vector);
            const BlockCipher::Part part(reinterpret_cast<std::uint8_t*>(vector.data()), kBytes);
            cipher.seal(std::span(&part, 1), {}, sealed);
            insert.bind(1, static_cast<std::int64_t>(i));
            insert.bindNoCopy(2, sealed.data(), static_cast<int>(sealed.size()));
            insert.exec();
            insert.reset();
            if (!index->append(std::vector<Row>{{.key = i, .vector = vector}})) return 4;
        }
        transaction.commit();
        const auto start = Steady::now();
        if (!index->sync(1)) return 4;
        fmt::print("writing the index file: {:.2f} s\n", since(start));
    }

    std::vector<std::vector<float>> loaded;
    loaded.reserve(faces);
    const SQLite::Database database(folder + "/at-rest.db", SQLite::OPEN_READONLY);
    auto start = Steady::now();
    {
        SQLite::Statement select(database, "SELECT id, sealed FROM face ORDER BY id");
        std::size_t bytes = 0;
        while (select.executeStep()) bytes += static_cast<std::size_t>(select.getColumn(1).getBytes());
        fmt::print("(a) reading the rows: {:.2f} s\n", since(start));
        if (bytes == 0) return 4;
    }
    start = Steady::now();
    {
        SQLite::Statement select(database, "SELECT id, sealed FROM face ORDER BY id");
        while (select.executeStep()) {
            const SQLite::Column column = select.getColumn(1);
            const ByteView sealed(static_cast<const std::uint8_t*>(column.getBlob()),
                                  static_cast<std::size_t>(column.getBytes()));
            loaded.emplace_back(kDimension);
            const BlockCipher::Part part(reinterpret_cast<std::uint8_t*>(loaded.back().data()), kBytes);
            if (!cipher.open(sealed, {}, std::span(&part, 1))) return 4;
        }
    }
    fmt::print("(a) reading and decrypting them: {:.2f} s\n", since(start));
    auto rebuilt = std::move(Index::open({.dimension = kDimension}, 0)->index);
    std::vector<Row> rows;
    for (std::size_t i = 0; i < loaded.size(); ++i) rows.push_back({.key = i, .vector = loaded[i]});
    if (!rebuilt->append(rows)) return 4;
    fmt::print("(a) and making an index of them: {:.2f} s\n", since(start));

    for (const std::size_t threads : {1UL, 2UL}) {
        IndexPlace with = place;
        with.threads = threads;
        start = Steady::now();
        const auto opened = Index::open(with, 1);
        if (!opened || opened->state != SnapshotState::kValid) return 4;
        fmt::print("(b) opening the index file, {} thread{}: {:.2f} s\n", threads, threads == 1 ? "" : "s",
                   since(start));
        if (threads == 1) {
            start = Steady::now();
            if (!opened->index->erase(std::vector<std::uint64_t>{faces / 2})) return 4;
            fmt::print("(b) erasing one face there: {:.1f} ms\n", 1e3 * since(start));
            if (!opened->index->sync(1)) return 4;
        }
    }
    for (const char* name : {"/at-rest.db", "/at-rest-index"}) std::filesystem::remove(folder + name);
}
