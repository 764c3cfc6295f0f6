// How long one decision takes with 10, 100 and 10,000 policies: `build/policy_benchmark`. Each policy names
// another principal, role and purpose, so that Cedar looks at every one. The share is that of a
// SearchFacesByImage, whose recognition alone takes kSearchMicroseconds. Figures: docs/performance.md.
#include <chrono>
#include <string>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "policy/policy_set.h"
#include "policy/profiles.h"

namespace {

using namespace visavis;

// The least that docs/performance.md gives for one picture: the share cannot be larger.
constexpr double kSearchMicroseconds = 12'900;

policy::PolicySources many_policies(std::int64_t count) {
    policy::PolicySources sources;
    std::string text;
    for (std::int64_t i = 0; i < count; ++i) {
        text += fmt::format(
            "@id(\"rule-{0}\") permit (principal == Principal::\"person-{0}\", action in "
            "Action::\"identify\", resource)\n"
            "when {{ principal.role == \"examiner\" && context.purpose == \"missing-child\" && "
            "context.threshold"
            ".greaterThanOrEqual(decimal(\"99.0\")) }};\n",
            i);
        if (text.size() > policy::kMaxPolicyFileBytes / 2 || i + 1 == count)
            sources.files.push_back({fmt::format("rules-{}.cedar", i), std::exchange(text, {})});
    }
    return sources;
}

policy::Request search_by(std::int64_t person) {
    policy::Request request;
    request.action = "SearchFacesByImage";
    request.principal.name = fmt::format("person-{}", person);
    request.principal.role = "examiner";
    request.principal.organisation = {
        .name = "ncmec", .sector = "child-protection", .registered_as = {"missing-children"}};
    request.collection.name = "gallery";
    request.context.purpose = "missing-child";
    request.context.threshold = 99;
    return request;
}

/// `step` is what passes between two requests.
void decide(benchmark::State& state, std::chrono::milliseconds step) {
    const auto set = policy::PolicySet::compile(many_policies(state.range(0)));
    if (!set) {
        state.SkipWithError(set.error().message.c_str());
        return;
    }
    policy::Request request = search_by(state.range(0) / 2);
    const auto begun = std::chrono::steady_clock::now();
    for (auto _ : state) {
        request.context.now += step;
        policy::Decision decision = (*set)->authorise(request);
        if (!decision.allowed) state.SkipWithError(decision.explanation.c_str());
        benchmark::DoNotOptimize(decision);
    }
    const std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - begun;
    state.counters["percent_of_search"] =
        100 * spent.count() / static_cast<double>(state.iterations()) / kSearchMicroseconds;
}

/// No two requests are alike, since policies see whole seconds.
void BM_Decision(benchmark::State& state) {
    decide(state, std::chrono::seconds(1));
}
BENCHMARK(BM_Decision)->Arg(10)->Arg(100)->Arg(10'000)->Unit(benchmark::kMicrosecond);

/// The same client asks the same thing seventy times in a second.
void BM_DecisionOfAClient(benchmark::State& state) {
    decide(state, std::chrono::milliseconds(14));
}
BENCHMARK(BM_DecisionOfAClient)->Arg(10)->Arg(100)->Arg(10'000)->Unit(benchmark::kMicrosecond);

void BM_LoadSet(benchmark::State& state) {
    const policy::PolicySources sources = many_policies(state.range(0));
    for (auto _ : state) benchmark::DoNotOptimize(policy::PolicySet::compile(sources));
}
BENCHMARK(BM_LoadSet)->Arg(10)->Arg(100)->Arg(10'000)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
