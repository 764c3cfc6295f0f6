// What Visavis says beside Rekognition's answer. AWS SDKs drop a member they do not know but show headers.
#pragma once

#include <vector>

#include <boost/json.hpp>

#include "engine/call.h"
#include "server/handler.h"

namespace visavis::protocol {

/// The member `Visavis`; empty where nothing applies. docs/api.md lists its members.
[[nodiscard]] boost::json::object notes_member(const engine::AnswerNotes& notes);

/// The same as headers, as far as one line can say it: `x-visavis-threshold`, `x-visavis-fmr`,
/// `x-visavis-fmr-interval` (`<low> <high>`), `x-visavis-match-fmr` (of the first 100 matches),
/// `x-visavis-extrapolated`, `x-visavis-gallery-size`, `x-visavis-expected-false-matches`, `x-visavis-fpir`,
/// `x-visavis-fpir-interval`, `x-visavis-pack`, `x-visavis-curve`, `x-visavis-receipt` (`<index> <log
/// origin>`).
[[nodiscard]] std::vector<server::Header> notes_headers(const engine::AnswerNotes& notes);

}  // namespace visavis::protocol
