// What a decision is about. The same words stand in schema.cpp, where policies read them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace visavis::policy {

struct Organisation {
    std::string name;
    std::string sector;                      ///< one of all_sectors(), or empty: unknown
    std::vector<std::string> registered_as;  ///< what the operator vouches for, e.g. `missing-children`
};

/// A person or a service. One that the directory does not know has its name and nothing else.
struct Principal {
    std::string name;
    Organisation organisation;  ///< name may be empty: none
    std::string role;           ///< e.g. `examiner`; the operator's own words
    TimePoint trained_until{};  ///< the epoch: never trained
    bool root{};                ///< the key made at the first start, or the operator at the machine
};

/// A collection as policies see it: from its `visavis:` tags (collection_tags.h says which).
struct Collection {
    std::string name;
    std::string owner;                     ///< principal that created it
    std::string subjects;                  ///< whose faces, e.g. `employees`; empty: not said
    std::vector<std::string> purposes;     ///< empty: not limited
    std::vector<std::string> bases;        ///< kinds of basis an enrolment must rest on; empty: not demanded
    std::vector<std::string> recipients;   ///< who may be given results or faces; empty: nobody
    std::int64_t retention_days{};         ///< after a person's last interaction; 0: no end
    std::optional<TimePoint> purpose_met;  ///< from then on no face is kept
    std::vector<std::pair<std::string, std::string>> tags;  ///< all of them
};

/// What a request is signed with.
struct Credential {
    std::string kind;                      ///< `key`, `session` or `local`
    std::vector<std::string> collections;  ///< the only ones it works for; empty: not limited
    std::string case_id;                   ///< bound to this case; empty: to none
    std::string approver;                  ///< who approved it; empty: nobody
};

/// A case that is in force (see cases.h); one that is not never reaches a policy.
struct CaseInForce {
    std::string id;
    std::string purpose;
    std::string requester;
    std::string approver;       ///< empty while urgent
    std::string authorisation;  ///< of a court or an authority; empty: none yet
    TimePoint opened{};
    TimePoint expires{};
    bool urgent{};
    std::int64_t confirmations{};  ///< different people who confirmed the result
};

struct Role {
    std::string name;
    std::vector<std::string> purposes;
    std::vector<std::string> collections;
    std::vector<std::string> recipients;
};

struct CaseRecord {
    std::string id;
    std::string requester;
    std::string purpose;
};

/// Circumstances. Where the operation has no such thing the strictest reading stands: a threshold of 0, a
/// false match rate of one in one.
struct Context {
    std::string purpose;     ///< of the credential, never of the request; empty: none
    std::string basis_kind;  ///< of the credential; empty: none
    std::string basis_reference;
    std::string recipient;  ///< of the credential; empty: the caller alone
    Credential credential;
    std::optional<CaseInForce> case_in_force;
    TimePoint now{};                                   ///< UTC
    int hour{};                                        ///< 0…23 in the site's zone
    int weekday{1};                                    ///< 1 (Monday) … 7 in the site's zone
    std::string source_address{"127.0.0.1"};           ///< IPv4 or IPv6
    double threshold{};                                ///< 0…100
    std::int64_t fmr_per_trillion{1'000'000'000'000};  ///< false match rate at the threshold, times 10^12
    std::int64_t gallery_size{};                       ///< faces in the collection
    std::vector<std::string> attributes;               ///< Rekognition's names, as asked for
    std::int64_t confirmations{};                      ///< others who confirmed what is handed over
    bool live{};                                       ///< the credential is a camera's: not stored pictures
    bool clock_set_back{};                             ///< see cases.h
};

/// One question. Fill the member that the action's ResourceKind names; the others are ignored.
struct Request {
    std::string action;
    Principal principal;
    Collection collection;
    Role role;
    CaseRecord case_record;
    Context context;
};

/// `hour` and `weekday` of `context` from its `now`, in the zone of the process (environment variable TZ).
void set_site_time(Context& context);

}  // namespace visavis::policy
