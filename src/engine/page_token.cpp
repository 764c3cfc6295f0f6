#include "engine/page_token.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/bytes.h"
#include "engine/engine.h"

namespace visavis::engine {
namespace {

std::string place_of(const Caller& caller, const PageQuery& query) {
    return fmt::format("{}\n{}\n{}\n{}", caller.account, query.operation, query.collection_uid, query.filter);
}

}  // namespace

std::string page_token(const Engine& engine, const Caller& caller, const PageQuery& query,
                       std::uint64_t position) {
    return to_base64(
        engine.token_key().seal(as_bytes(fmt::format("{}", position)), as_bytes(place_of(caller, query))));
}

Result<std::uint64_t> page_position(const Engine& engine, const Caller& caller, const PageQuery& query,
                                    const std::optional<std::string>& token) {
    if (!token) return 0;
    const auto foreign = fail(ErrorCode::kInvalidPaginationToken, "Invalid Pagination Token");
    const auto sealed = from_base64(*token);
    if (!sealed) return foreign;
    const auto plain = engine.token_key().open(*sealed, as_bytes(place_of(caller, query)));
    if (!plain) return foreign;
    std::uint64_t position = 0;
    for (const char digit : as_text(*plain))
        position = position * 10 + static_cast<std::uint64_t>(digit - '0');
    return position;
}

std::size_t page_size(std::optional<std::int64_t> asked, std::size_t absent, std::size_t most) {
    if (!asked || *asked <= 0) return absent;
    return std::min(static_cast<std::size_t>(*asked), most);
}

}  // namespace visavis::engine
