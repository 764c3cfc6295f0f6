#include "policy/cases.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/limits.h"
#include "policy/vocabulary.h"

namespace visavis::policy {
namespace {

// How far the stored time may lag behind: a restart after a set-back clock is judged by it.
constexpr std::chrono::seconds kTimeNote{30};
constexpr std::size_t kLongestReason = 2'000;

std::unexpected<Error> wrong_state(const Case& record, CaseState state, std::string_view wanted) {
    return fail(ErrorCode::kConflict,
                fmt::format("the case `{}` is {}; only one that is {} can be changed so", record.id,
                            name(state), wanted));
}

Result<void> check_second_person(const Case& record, std::string_view by) {
    if (record.requester != by) return {};
    return fail(ErrorCode::kAccessDenied,
                fmt::format("`{}` opened the case `{}`; another person must decide", by, record.id));
}

Result<void> check_new(const NewCase& wanted, std::string_view by, TimePoint now) {
    if (auto checked = check_name(wanted.id, "case"); !checked) return checked;
    if (auto checked = check_name(by, "principal"); !checked) return checked;
    if (auto checked = one_of(wanted.purpose, all_purposes(), "purpose"); !checked) return checked;
    if (wanted.expires <= now)
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("the case `{}` would end in the past", wanted.id));
    if (wanted.expires - now > kLongestCase)
        return fail(ErrorCode::kInvalidParameter, fmt::format("the case `{}` would last longer than {} days",
                                                              wanted.id, kLongestCase.count()));
    if (wanted.urgent && (*wanted.urgent <= std::chrono::hours(0) || *wanted.urgent > kLongestUrgentWindow))
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("an urgent window lasts 1 to {} hours, not {}", kLongestUrgentWindow.count(),
                                wanted.urgent->count()));
    if (wanted.reason.size() > kLongestReason)
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("the reason is longer than {} characters", kLongestReason));
    return {};
}

}  // namespace

std::string_view name(CaseState state) noexcept {
    switch (state) {
        case CaseState::kOpen:
            return "open";
        case CaseState::kUrgent:
            return "urgent";
        case CaseState::kApproved:
            return "approved";
        case CaseState::kRefused:
            return "refused";
        case CaseState::kExpired:
            return "expired";
        case CaseState::kClosed:
            return "closed";
    }
    return "closed";
}

CaseState Case::state_at(TimePoint now) const noexcept {
    if (decided == CaseState::kRefused || decided == CaseState::kClosed) return decided;
    if (now >= expires) return CaseState::kExpired;
    if (decided == CaseState::kApproved) return decided;
    if (!urgent_until) return CaseState::kOpen;
    return now < *urgent_until ? CaseState::kUrgent : CaseState::kExpired;
}

std::optional<TimePoint> Case::lapsed_at(TimePoint now) const noexcept {
    const CaseState state = state_at(now);
    if (!urgent_until || !approver.empty()) return std::nullopt;
    if (state == CaseState::kRefused || state == CaseState::kClosed) return decided_at.value_or(opened);
    if (state == CaseState::kExpired) return std::min(*urgent_until, expires);
    return std::nullopt;
}

Cases::Cases(std::unique_ptr<CaseRepository> repository, std::shared_ptr<const Clock> clock)
    : repository_(std::move(repository)), clock_(std::move(clock)) {
    if (const auto latest = repository_->latest_time()) written_ = latest_ = *latest;
}

Result<bool> Cases::clock_set_back() {
    const TimePoint now = clock_->now();
    const std::lock_guard lock(mutex_);
    if (now + limits::kClockSkew < latest_) return true;
    latest_ = std::max(latest_, now);
    if (latest_ - written_ >= kTimeNote) {
        if (auto stored = repository_->advance_time(latest_); !stored) return std::unexpected(stored.error());
        written_ = latest_;
    }
    return false;
}

Result<void> Cases::check_clock() {
    const auto back = clock_set_back();
    if (!back) return std::unexpected(back.error());
    if (*back)
        return fail(ErrorCode::kUnavailable,
                    "the server's clock was set back; cases are refused until it is right again");
    return {};
}

Result<Case> Cases::open(const NewCase& wanted, std::string_view by, const MakeMessage& message) {
    if (auto right = check_clock(); !right) return std::unexpected(right.error());
    const TimePoint now = clock_->now();
    if (auto checked = check_new(wanted, by, now); !checked) return std::unexpected(checked.error());
    Case record{.id = wanted.id,
                .purpose = wanted.purpose,
                .reason = wanted.reason,
                .requester = std::string(by),
                .approver = {},
                .decided_by = {},
                .authorisation = {},
                .opened = now,
                .expires = wanted.expires,
                .urgent_until = wanted.urgent ? std::optional<TimePoint>(now + *wanted.urgent) : std::nullopt,
                .confirmed_by = {}};
    if (auto stored = repository_->insert(record, message); !stored) return std::unexpected(stored.error());
    return record;
}

template <typename Change>
Result<Case> Cases::change(std::string_view id, const MakeMessage& message, const Change& change) {
    if (auto right = check_clock(); !right) return std::unexpected(right.error());
    while (true) {
        auto record = repository_->find(id);
        if (!record) return record;
        if (const Result<void> changed = change(*record, record->state_at(clock_->now())); !changed)
            return std::unexpected(changed.error());
        const auto stored = repository_->update(*record, message);
        if (stored) return record;
        if (stored.error().code != ErrorCode::kConflict) return std::unexpected(stored.error());
    }
}

Result<Case> Cases::approve(std::string_view id, std::string_view by, std::string_view authorisation,
                            const MakeMessage& message) {
    if (auto checked = check_name(authorisation, "authorisation reference"); !checked)
        return std::unexpected(checked.error());
    return change(id, message, [&](Case& record, CaseState state) -> Result<void> {
        if (state != CaseState::kOpen && state != CaseState::kUrgent)
            return wrong_state(record, state, "open or urgent");
        if (auto second = check_second_person(record, by); !second) return second;
        record.decided = CaseState::kApproved;
        record.approver = by;
        record.authorisation = authorisation;
        record.decided_at = clock_->now();
        return {};
    });
}

Result<Case> Cases::refuse(std::string_view id, std::string_view by, const MakeMessage& message) {
    return change(id, message, [&](Case& record, CaseState state) -> Result<void> {
        if (state != CaseState::kOpen && state != CaseState::kUrgent)
            return wrong_state(record, state, "open or urgent");
        if (auto second = check_second_person(record, by); !second) return second;
        record.decided = CaseState::kRefused;
        record.decided_by = by;
        record.decided_at = clock_->now();
        return {};
    });
}

Result<Case> Cases::confirm(std::string_view id, std::string_view by, const MakeMessage& message) {
    return change(id, message, [&](Case& record, CaseState state) -> Result<void> {
        if (state != CaseState::kApproved && state != CaseState::kUrgent)
            return wrong_state(record, state, "approved or urgent");
        if (auto second = check_second_person(record, by); !second) return second;
        if (std::ranges::find(record.confirmed_by, by) == record.confirmed_by.end())
            record.confirmed_by.emplace_back(by);
        return {};
    });
}

Result<Case> Cases::close(std::string_view id, std::string_view by, const MakeMessage& message) {
    return change(id, message, [&](Case& record, CaseState state) -> Result<void> {
        if (state != CaseState::kOpen && state != CaseState::kUrgent && state != CaseState::kApproved)
            return wrong_state(record, state, "open, urgent or approved");
        record.decided = CaseState::kClosed;
        record.decided_by = by;
        record.decided_at = clock_->now();
        return {};
    });
}

Result<Case> Cases::find(std::string_view id) {
    return repository_->find(id);
}

Result<std::vector<Case>> Cases::list() {
    return repository_->list();
}

Result<std::vector<Case>> Cases::to_erase() {
    const auto back = clock_set_back();
    if (!back) return std::unexpected(back.error());
    if (*back) return std::vector<Case>{};
    auto records = repository_->list();
    if (!records) return records;
    const TimePoint now = clock_->now();
    std::erase_if(*records, [&](const Case& one) { return one.erasure.finished || !one.lapsed_at(now); });
    return records;
}

Result<Case> Cases::note_erasure(std::string_view id, const CaseErasure& more, bool finished) {
    return change(id, {}, [&](Case& record, CaseState /*state*/) -> Result<void> {
        record.erasure.faces += more.faces;
        record.erasure.users += more.users;
        record.erasure.receipts += more.receipts;
        if (finished) record.erasure.finished = clock_->now();
        return {};
    });
}

Result<std::optional<CaseInForce>> Cases::in_force(std::string_view id) {
    const auto back = clock_set_back();
    if (!back) return std::unexpected(back.error());
    if (*back) return std::nullopt;
    const auto record = repository_->find(id);
    if (!record && record.error().code == ErrorCode::kNotFound) return std::nullopt;
    if (!record) return std::unexpected(record.error());
    const CaseState state = record->state_at(clock_->now());
    if (state != CaseState::kApproved && state != CaseState::kUrgent) return std::nullopt;
    return CaseInForce{.id = record->id,
                       .purpose = record->purpose,
                       .requester = record->requester,
                       .approver = record->approver,
                       .authorisation = record->authorisation,
                       .opened = record->opened,
                       .expires = state == CaseState::kUrgent
                                      ? std::min(record->expires, *record->urgent_until)
                                      : record->expires,
                       .urgent = state == CaseState::kUrgent,
                       .confirmations = static_cast<std::int64_t>(record->confirmed_by.size())};
}

}  // namespace visavis::policy
