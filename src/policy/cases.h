// Cases: exceptions that need two people. One opens, another approves; a purpose from the closed list, an
// authorisation, an end. Urgent use opens a window first, after which everything stops unless it was
// approved.
//
//     open(urgent no)  ──▶ open ──approve──▶ approved ──▶ closed
//     open(urgent yes) ──▶ urgent ──approve─▶ approved        │ at `expires`
//                            │ at urgent_until                ▼
//                            └──────────▶ expired ◀──────── expired     refuse: open, urgent ──▶ refused
//
// Refused, expired and closed are final: another use is another case. What an urgent case produced is deleted
// unless it was approved (engine/erase_case.h). EU AI Act art. 26(10) gives at most 48 hours to ask for the
// authorisation of an urgent search; art. 5(3) 24.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/pending_message.h"
#include "policy/model.h"

namespace visavis::policy {

inline constexpr std::chrono::hours kUrgentWindow{24};
inline constexpr std::chrono::hours kLongestUrgentWindow{48};
inline constexpr std::chrono::days kLongestCase{366};

enum class CaseState { kOpen, kUrgent, kApproved, kRefused, kExpired, kClosed };

/// `open`, `urgent`, …
[[nodiscard]] std::string_view name(CaseState state) noexcept;

/// What was deleted of a case that nobody approved.
struct CaseErasure {
    std::optional<TimePoint> finished;  ///< nothing is left since then
    std::uint64_t faces{};
    std::uint64_t users{};
    std::uint64_t receipts{};  ///< that lost what they say was found

    friend bool operator==(const CaseErasure&, const CaseErasure&) = default;
};

struct Case {
    std::string id;  ///< e.g. `2026-118`
    std::string purpose;
    std::string reason;         ///< the requester's words
    std::string requester;      ///< principal
    std::string approver;       ///< principal; empty until approved
    std::string decided_by;     ///< who refused or closed it
    std::string authorisation;  ///< reference of the court's or authority's decision; empty until approved
    TimePoint opened{};
    TimePoint expires{};
    std::optional<TimePoint> urgent_until;
    std::vector<std::string> confirmed_by;  ///< different people, none of them the requester
    CaseState decided{CaseState::kOpen};    ///< as people left it; state_at() adds what time does
    std::optional<TimePoint> decided_at{};  ///< when somebody approved, refused or closed it
    CaseErasure erasure{};
    std::int64_t version{};  ///< of the record; for the repository

    [[nodiscard]] CaseState state_at(TimePoint now) const noexcept;

    /// When it ended without an approval, though it had begun: what it produced must go. Nothing if it goes
    /// on, was approved, or never began.
    [[nodiscard]] std::optional<TimePoint> lapsed_at(TimePoint now) const noexcept;
};

struct NewCase {
    std::string id;
    std::string purpose;
    std::string reason;
    TimePoint expires{};
    std::optional<std::chrono::hours> urgent;  ///< window, at most kLongestUrgentWindow
};

/// Where cases are kept. Implementations are thread-safe; what returns is durable, a change together with its
/// message. Besides the errors named each may give kUnavailable.
class CaseRepository : public PendingMessages {
  public:
    [[nodiscard]] virtual Result<Case> find(std::string_view id) = 0;  ///< kNotFound
    [[nodiscard]] virtual Result<std::vector<Case>> list() = 0;        ///< newest first
    /// kAlreadyExists.
    [[nodiscard]] virtual Result<void> insert(const Case& record, const MakeMessage& message) = 0;
    /// kConflict if the stored version is not `record.version`; stores `record.version + 1`.
    [[nodiscard]] virtual Result<void> update(const Case& record, const MakeMessage& message) = 0;

    /// The latest time that any process saw, and its advance (never back).
    [[nodiscard]] virtual Result<TimePoint> latest_time() = 0;
    [[nodiscard]] virtual Result<void> advance_time(TimePoint now) = 0;
};

/// Thread-safe. What changes a case takes the `message` that is kept with the change.
class Cases {
  public:
    Cases(std::unique_ptr<CaseRepository> repository, std::shared_ptr<const Clock> clock);

    /// kInvalidParameter for a bad name, a purpose outside the list, an end in the past or over a year away,
    /// a window too long; kAlreadyExists.
    [[nodiscard]] Result<Case> open(const NewCase& wanted, std::string_view by,
                                    const MakeMessage& message = {});

    /// kAccessDenied for the requester himself; kInvalidParameter without an authorisation; kConflict unless
    /// the case is open or urgent; kNotFound. The same errors for refuse, which needs no authorisation.
    [[nodiscard]] Result<Case> approve(std::string_view id, std::string_view by,
                                       std::string_view authorisation, const MakeMessage& message = {});
    [[nodiscard]] Result<Case> refuse(std::string_view id, std::string_view by,
                                      const MakeMessage& message = {});

    /// `by` confirms what the case found (EU AI Act art. 14(5)); twice by one person counts once.
    /// kAccessDenied for the requester; kConflict unless the case is in force; kNotFound.
    [[nodiscard]] Result<Case> confirm(std::string_view id, std::string_view by,
                                       const MakeMessage& message = {});

    /// Ends it early. kConflict unless it is open, urgent or approved; kNotFound.
    [[nodiscard]] Result<Case> close(std::string_view id, std::string_view by,
                                     const MakeMessage& message = {});

    [[nodiscard]] Result<Case> find(std::string_view id);
    [[nodiscard]] Result<std::vector<Case>> list();

    /// Cases that lapsed and are not erased yet. While the clock is set back: none.
    [[nodiscard]] Result<std::vector<Case>> to_erase();

    /// Adds to what was deleted of it; `finished`: nothing is left. kNotFound.
    [[nodiscard]] Result<Case> note_erasure(std::string_view id, const CaseErasure& more, bool finished);

    /// What policies see of it: nothing unless it is urgent or approved at this moment.
    [[nodiscard]] Result<std::optional<CaseInForce>> in_force(std::string_view id);

    /// Whether the clock stands more than the allowed skew before a time that was already seen. While it
    /// does, no case is in force and none can be changed.
    [[nodiscard]] Result<bool> clock_set_back();

    [[nodiscard]] TimePoint now() const { return clock_->now(); }

    /// The messages that changes left; lives as long as this.
    [[nodiscard]] PendingMessages& messages() noexcept { return *repository_; }

  private:
    /// Loads, lets `change` alter it, stores; tries again if somebody was faster.
    template <typename Change>
    Result<Case> change(std::string_view id, const MakeMessage& message, const Change& change);
    Result<void> check_clock();

    std::unique_ptr<CaseRepository> repository_;
    std::shared_ptr<const Clock> clock_;
    std::mutex mutex_;
    TimePoint written_{};  ///< the latest time that is stored; guarded by mutex_
    TimePoint latest_{};   ///< the latest time seen; guarded by mutex_
};

}  // namespace visavis::policy
