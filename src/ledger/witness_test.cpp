#include "ledger/witness.h"

#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ledger/log_test_support.h"

namespace visavis::ledger {
namespace {

constexpr std::array kWitnesses = {"http://a.example", "http://b.example"};

/// Two witnesses that cosign whatever they are shown, unless they are away.
class WitnessTest : public LogTest {
  protected:
    LogOptions witnessed() {
        LogOptions result = options();
        result.publish_interval = std::chrono::milliseconds(5);
        std::vector<Witness> witnesses;
        for (const char* url : kWitnesses) witnesses.push_back(parse_witness(url).value());
        result.cosigner = std::make_shared<WitnessCosigner>(
            std::move(witnesses), [this](const std::string& url, const std::string&) { return answer(url); },
            nullptr, std::chrono::milliseconds(5));
        return result;
    }
    Result<WitnessAnswer> answer(const std::string& url) {
        const std::lock_guard guard(mutex_);
        const std::string witness = url.substr(0, url.rfind('/'));
        if (away_ == witness) return fail(ErrorCode::kUnavailable, "away");
        ++answers_[witness];
        const NoteSignature signature{.name = witness.substr(7), .id = 1, .signature = Bytes(72, 1)};
        return WitnessAnswer{.status = 200, .body = to_text(signature)};
    }
    void away(const std::string& witness) {
        const std::lock_guard guard(mutex_);
        away_ = witness;
    }
    int answers(const std::string& witness) {
        const std::lock_guard guard(mutex_);
        return answers_[witness];
    }
    static std::size_t cosignatures(const Log& log) { return log.checkpoint().note.signatures.size() - 1; }
    static bool soon(const std::function<bool()>& condition) {
        for (int i = 0; i < 2000 && !condition(); ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        return condition();
    }

  private:
    std::mutex mutex_;
    std::string away_;
    std::map<std::string, int> answers_;
};

TEST_F(WitnessTest, AnIdleLogGetsTheCosignatureOfAWitnessThatWasAway) {
    away(kWitnesses[1]);
    const auto log = Log::open(witnessed()).value();
    append(*log, 0, 1);
    ASSERT_TRUE(soon([&] { return cosignatures(*log) == 1; }));
    const int asked = answers(kWitnesses[0]);
    away({});
    EXPECT_TRUE(soon([&] { return cosignatures(*log) == 2; }));
    ASSERT_TRUE(log->publish());
    EXPECT_EQ(cosignatures(*log), 2U);
    EXPECT_EQ(answers(kWitnesses[0]), asked) << "for what it had cosigned already";
    EXPECT_EQ(answers(kWitnesses[1]), 1);
}

TEST_F(WitnessTest, ACosignatureOutlivesARestartWithoutItsWitness) {
    {
        const auto log = Log::open(witnessed()).value();
        append(*log, 0, 1);
        ASSERT_TRUE(soon([&] { return cosignatures(*log) == 2; }));
    }
    away(kWitnesses[0]);
    const auto log = Log::open(witnessed()).value();
    ASSERT_TRUE(log->publish());
    EXPECT_EQ(cosignatures(*log), 2U);
    EXPECT_EQ(answers(kWitnesses[1]), 1) << "for a checkpoint that lacks nothing";
}

}  // namespace
}  // namespace visavis::ledger
