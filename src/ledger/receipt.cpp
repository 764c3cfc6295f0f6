#include "ledger/receipt.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "ledger/canonical_json.h"
#include "ledger/tiles.h"

namespace visavis::ledger {
namespace {

namespace json = boost::json;

constexpr std::string_view kDomain = "visavis.receipt.v1/";
constexpr std::uint64_t kMostNumber = (std::uint64_t{1} << 53) - 1;

std::string list_json(const ListCommitment& list) {
    return JsonObject().number("count", list.count).text("root", to_base64(list.root)).str();
}

/// Reads members and remembers the first that is wrong; what was not read at all comes out in the comparison
/// with the canonical encoding.
class Reader {
  public:
    explicit Reader(const json::object& object) : object_(object) {}

    std::string text(std::string_view name) {
        const auto* value = object_.if_contains(name);
        if (value == nullptr) return {};
        if (const auto* found = value->if_string()) return std::string(*found);
        return wrong(name), std::string();
    }
    std::optional<std::uint64_t> number(std::string_view name) {
        const auto* value = object_.if_contains(name);
        if (value == nullptr) return std::nullopt;
        const auto* found = value->if_int64();
        if (found != nullptr && *found >= 0 && std::cmp_less_equal(*found, kMostNumber))
            return static_cast<std::uint64_t>(*found);
        return wrong(name), std::nullopt;
    }
    Hash hash(std::string_view name) {
        const auto bytes = from_base64(text(name));
        Hash result{};
        if (bytes && bytes->size() == result.size())
            std::ranges::copy(*bytes, result.begin());
        else
            wrong(name);
        return result;
    }
    TimePoint time(std::string_view name) {
        const auto value = parse_time(text(name));
        if (!value) wrong(name);
        return value.value_or(TimePoint{});
    }
    const json::object* object(std::string_view name) {
        const auto* value = object_.if_contains(name);
        if (value == nullptr) return nullptr;
        if (const auto* found = value->if_object()) return found;
        wrong(name);
        return nullptr;
    }
    std::vector<std::string> texts(std::string_view name) {
        std::vector<std::string> result;
        const auto* value = object_.if_contains(name);
        if (value == nullptr) return result;
        const auto* array = value->if_array();
        if (array == nullptr) return wrong(name), result;
        for (const auto& item : *array) {
            const auto* found = item.if_string();
            if (found == nullptr) return wrong(name), result;
            result.emplace_back(*found);
        }
        return result;
    }
    void wrong(std::string_view name) {
        if (wrong_.empty()) wrong_ = name;
    }
    [[nodiscard]] const std::string& first_wrong() const { return wrong_; }

  private:
    const json::object& object_;
    std::string wrong_;
};

std::optional<ListCommitment> read_list(Reader& reader, std::string_view name) {
    const auto* object = reader.object(name);
    if (object == nullptr) return std::nullopt;
    Reader inner(*object);
    ListCommitment list{.count = inner.number("count").value_or(0), .root = inner.hash("root")};
    if (!inner.first_wrong().empty()) reader.wrong(name);
    return list;
}

void read_special(Reader& reader, Receipt& receipt) {
    if (const auto* object = reader.object("verification")) {
        Reader inner(*object);
        receipt.verification = {.receipt = inner.number("receipt").value_or(0),
                                .candidate = inner.number("candidate").value_or(0),
                                .confirmed = inner.text("verdict") == "confirmed"};
    }
    if (const auto* object = reader.object("key")) {
        Reader inner(*object);
        receipt.key = {.old_key = inner.text("old"),
                       .new_key = inner.text("new"),
                       .signature = from_base64(inner.text("signature")).value_or(Bytes{})};
    }
    if (const auto* object = reader.object("erasure")) {
        Reader inner(*object);
        receipt.erasure = {.receipts = inner.number("receipts").value_or(0),
                           .openings = inner.number("openings").value_or(0)};
    }
    if (const auto* object = reader.object("restore")) {
        Reader inner(*object);
        receipt.restore = {.backup = inner.text("backup"), .removed = inner.number("removed").value_or(0)};
    }
}

std::string model_json(const Receipt& receipt) {
    JsonObject object;
    object.text("pack", receipt.pack).text("curve", receipt.curve);
    if (receipt.version >= 2) object.text("hash", receipt.pack_hash);
    return object.str();
}

std::string restore_json(const Receipt& receipt) {
    JsonObject object;
    object.text("backup", receipt.restore->backup);
    if (receipt.version >= 2) object.number("removed", receipt.restore->removed);
    return object.str();
}

}  // namespace

std::string_view name(Outcome outcome) noexcept {
    switch (outcome) {
        case Outcome::kAnswered:
            return "answered";
        case Outcome::kRefused:
            return "refused";
        case Outcome::kFailed:
            return "failed";
    }
    return "failed";
}

std::string to_text(const Receipt& receipt) {
    JsonObject object;
    object.number("v", receipt.version)
        .text("id", receipt.id)
        .text("operation", receipt.operation)
        .text("outcome", name(receipt.outcome))
        .text("start", format_time(receipt.start))
        .text("end", format_time(receipt.end))
        .text("software", receipt.software);
    if (!receipt.error.empty()) object.text("error", receipt.error);
    if (!receipt.policy_set.empty())
        object.raw("policy", JsonObject()
                                 .text("set", receipt.policy_set)
                                 .raw("decided_by", json_texts(receipt.policies))
                                 .str());
    JsonObject commitments;
    for (const auto& [field, commitment] : receipt.commitments)
        commitments.text(field, to_base64(commitment));
    if (!receipt.commitments.empty()) object.raw("commitments", commitments.str());
    if (receipt.candidates) object.raw("candidates", list_json(*receipt.candidates));
    if (receipt.subjects) object.raw("subjects", list_json(*receipt.subjects));
    if (receipt.gallery_size) object.number("gallery_size", *receipt.gallery_size);
    if (!receipt.threshold.empty()) object.text("threshold", receipt.threshold);
    if (!receipt.threshold_fmr.empty()) object.text("threshold_fmr", receipt.threshold_fmr);
    if (!receipt.pack.empty()) object.raw("model", model_json(receipt));
    if (const auto& verification = receipt.verification)
        object.raw("verification", JsonObject()
                                       .number("receipt", verification->receipt)
                                       .number("candidate", verification->candidate)
                                       .text("verdict", verification->confirmed ? "confirmed" : "rejected")
                                       .str());
    if (const auto& key = receipt.key)
        object.raw("key", JsonObject()
                              .text("old", key->old_key)
                              .text("new", key->new_key)
                              .text("signature", to_base64(key->signature))
                              .str());
    if (const auto& erasure = receipt.erasure)
        object.raw(
            "erasure",
            JsonObject().number("receipts", erasure->receipts).number("openings", erasure->openings).str());
    if (receipt.restore) object.raw("restore", restore_json(receipt));
    return object.str();
}

Result<Receipt> parse_receipt(ByteView entry) {
    const auto invalid = [](std::string message) {
        return fail(ErrorCode::kInvalidParameter, std::move(message));
    };
    if (entry.size() > kMostEntryBytes) return invalid("a receipt is longer than 65,535 bytes");
    boost::system::error_code error;
    json::parse_options options;
    options.max_depth = 4;
    const auto value = json::parse(as_text(entry), error, {}, options);
    if (error || !value.is_object()) return invalid("the entry is not a JSON object");
    Reader reader(value.get_object());
    Receipt receipt;
    receipt.version = reader.number("v").value_or(0);
    if (receipt.version < 1 || receipt.version > kReceiptVersion)
        return invalid(fmt::format("the entry is not a receipt of version 1 to {}", kReceiptVersion));
    receipt.id = reader.text("id");
    receipt.operation = reader.text("operation");
    const std::string outcome = reader.text("outcome");
    for (const Outcome known : {Outcome::kAnswered, Outcome::kRefused, Outcome::kFailed})
        if (outcome == name(known)) receipt.outcome = known;
    receipt.error = reader.text("error");
    receipt.start = reader.time("start");
    receipt.end = reader.time("end");
    receipt.software = reader.text("software");
    if (const auto* policy = reader.object("policy")) {
        Reader inner(*policy);
        receipt.policy_set = inner.text("set");
        receipt.policies = inner.texts("decided_by");
    }
    if (const auto* commitments = reader.object("commitments")) {
        Reader inner(*commitments);
        for (const auto& member : *commitments)
            receipt.commitments.emplace(std::string(member.key()), inner.hash(member.key()));
        if (!inner.first_wrong().empty()) reader.wrong("commitments");
    }
    receipt.candidates = read_list(reader, "candidates");
    receipt.subjects = read_list(reader, "subjects");
    receipt.gallery_size = reader.number("gallery_size");
    receipt.threshold = reader.text("threshold");
    receipt.threshold_fmr = reader.text("threshold_fmr");
    if (const auto* model = reader.object("model")) {
        Reader inner(*model);
        receipt.pack = inner.text("pack");
        receipt.pack_hash = inner.text("hash");
        receipt.curve = inner.text("curve");
    }
    read_special(reader, receipt);
    if (!reader.first_wrong().empty())
        return invalid(fmt::format("the receipt's member `{}` is malformed", reader.first_wrong()));
    if (to_text(receipt) != as_text(entry)) return invalid("the receipt is not in its canonical encoding");
    return receipt;
}

bool is_newer_receipt(ByteView entry) {
    boost::system::error_code error;
    const auto value = json::parse(as_text(entry), error);
    if (error || !value.is_object()) return false;
    return Reader(value.get_object()).number("v").value_or(0) > kReceiptVersion;
}

Hash commit(ByteView salt, std::string_view field, std::string_view value) {
    Bytes input(salt.begin(), salt.end());
    input.reserve(salt.size() + kDomain.size() + field.size() + 1 + value.size());
    input.insert(input.end(), kDomain.begin(), kDomain.end());
    input.insert(input.end(), field.begin(), field.end());
    input.push_back(0);
    input.insert(input.end(), value.begin(), value.end());
    return sha256(input);
}

ListCommitment commit_list(std::span<const Hash> commitments) {
    std::vector<Hash> leaves;
    leaves.reserve(commitments.size());
    for (const Hash& commitment : commitments) leaves.push_back(leaf_hash(commitment));
    return {.count = leaves.size(), .root = root_of(leaves)};
}

std::string hand_over_text(const std::string& old_key, const std::string& new_key) {
    return fmt::format("visavis key hand-over v1\n{}\n{}\n", old_key, new_key);
}

std::string format_time(TimePoint time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                       clock.subseconds().count());
}

Result<TimePoint> parse_time(std::string_view text) {
    const auto wrong = [&] {
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("`{}` is no time; `2026-11-24T20:31:30.123Z` is expected", text));
    };
    if (text.size() != 24 || text.front() == '-') return wrong();
    const auto part = [&](std::size_t at, std::size_t count) {
        int value{};
        const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + count, value);
        return error == std::errc{} && end == text.data() + at + count ? value : -1;
    };
    const std::chrono::year_month_day date{std::chrono::year(part(0, 4)),
                                           std::chrono::month(static_cast<unsigned>(part(5, 2))),
                                           std::chrono::day(static_cast<unsigned>(part(8, 2)))};
    if (!date.ok()) return wrong();
    const TimePoint time = std::chrono::sys_days(date) + std::chrono::hours(part(11, 2)) +
                           std::chrono::minutes(part(14, 2)) + std::chrono::seconds(part(17, 2)) +
                           std::chrono::milliseconds(part(20, 3));
    // Its own spelling back: which refuses hour 25, negative parts and every other separator.
    if (format_time(time) != text) return wrong();
    return time;
}

}  // namespace visavis::ledger
