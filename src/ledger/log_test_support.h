// A log in a directory of its own, and what a crash leaves of it.
#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "base/random.h"
#include "ledger/log.h"

namespace visavis::ledger {

class LogTest : public testing::Test {
  protected:
    void SetUp() override {
        directory_ = std::filesystem::temp_directory_path() / ("visavis-log-" + random_uuid());
        crashed_ = directory_.string() + ".crashed";
    }
    void TearDown() override {
        std::filesystem::remove_all(directory_);
        std::filesystem::remove_all(crashed_);
    }

    LogOptions options() const {
        LogOptions options;
        options.directory = directory_;
        options.origin = "example.com/log";
        options.publish_interval = std::chrono::hours(1);  // only when asked
        return options;
    }
    std::unique_ptr<Log> open() const {
        auto log = Log::open(options());
        EXPECT_TRUE(log) << log.error().message;
        return log ? std::move(*log) : nullptr;
    }
    std::string error() const {
        const auto log = Log::open(options());
        EXPECT_FALSE(log);
        return log ? "" : log.error().message;
    }
    static Bytes text(std::size_t i) {
        const std::string value = "entry " + std::to_string(i);
        return {value.begin(), value.end()};
    }
    static void append(Log& log, std::size_t from, std::size_t to) {
        std::vector<JournalEntry> entries;
        for (std::size_t i = from; i < to; ++i) entries.push_back({.entry = text(i), .openings = {}});
        const auto first = log.append(std::move(entries));
        ASSERT_TRUE(first) << first.error().message;
        EXPECT_EQ(*first, from);
    }
    std::filesystem::path journal() const {
        std::filesystem::path last;
        for (const auto& file : std::filesystem::directory_iterator(directory_ / "journal"))
            if (file.path().extension() == ".journal") last = std::max(last, file.path());
        return last;
    }
    static void flip(const std::filesystem::path& path, std::size_t at) {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekg(static_cast<std::streamoff>(at));
        const char byte = static_cast<char>(file.get() ^ 0x20);
        file.seekp(static_cast<std::streamoff>(at));
        file.put(byte);
    }

    /// The process "dies": what is on disk now is what a crash leaves. The running log goes on in vain.
    void copy_as_crashed() const {
        std::filesystem::remove_all(crashed_);
        std::filesystem::copy(directory_, crashed_, std::filesystem::copy_options::recursive);
    }
    /// After the log was closed: the directory is what the crash left.
    void put_crashed_back() const {
        std::filesystem::remove_all(directory_);
        std::filesystem::copy(crashed_, directory_, std::filesystem::copy_options::recursive);
    }

    std::filesystem::path directory_;
    std::filesystem::path crashed_;
};

}  // namespace visavis::ledger
