// What the server knows of its models: networks, licences, training data as far as stated, and on whom the
// curve that gives Similarity its meaning was measured. Made from the pack's own files, so it cannot differ
// from what runs.
#pragma once

#include <string>

#include <boost/json.hpp>

#include "base/error.h"
#include "infer/model_pack.h"
#include "protocol/router.h"

namespace visavis::app {

/// Whom the curve was measured on, as the pack's manifest says: objects of `group`, `people`, `composition`.
[[nodiscard]] boost::json::array measured_on(const infer::ModelPack& pack);

/// The card of a pack. kInternal, naming the file, if the normalisation or the curve cannot be read or is not
/// the one that the manifest names.
[[nodiscard]] Result<boost::json::object> model_card(const infer::ModelPack& pack);

/// The same for people: Markdown (docs/model-card.md) and one HTML page.
[[nodiscard]] std::string model_card_markdown(const boost::json::object& card);
[[nodiscard]] std::string model_card_html(const boost::json::object& card);

/// GET /v1/model-card, public: JSON, or HTML where `Accept` prefers text/html.
void add_model_card_route(protocol::Router& router, const boost::json::object& card);

}  // namespace visavis::app
