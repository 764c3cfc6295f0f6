#include "protocol/request_json.h"

#include <new>

#include <fmt/format.h>

namespace visavis::protocol {
namespace {

constexpr std::size_t kDepth = 16;  // the deepest request of the model has 5
// Of a text that is mostly one long string (an image) there are two copies while it grows.
constexpr std::size_t kBytesPerCharacter = 4;
constexpr std::size_t kBytesBesides = std::size_t{1} << 20U;

/// Memory of one document, at most so much.
class Bounded final : public boost::json::memory_resource {
  public:
    explicit Bounded(std::size_t most) : left_(most) {}

  private:
    // Boost gives strings back with another alignment than it asked for: what new gives by itself suits all.
    void* do_allocate(std::size_t bytes, std::size_t /*alignment*/) override {
        if (bytes > left_) throw std::bad_alloc();
        void* const made = ::operator new(bytes);
        left_ -= bytes;
        return made;
    }
    void do_deallocate(void* memory, std::size_t bytes, std::size_t /*alignment*/) override {
        ::operator delete(memory);
        left_ += bytes;
    }
    [[nodiscard]] bool do_is_equal(const boost::json::memory_resource& other) const noexcept override {
        return this == &other;
    }

    std::size_t left_;
};

}  // namespace

Result<boost::json::object> request_json(std::string_view body) {
    if (body.empty()) return boost::json::object{};
    try {
        const auto memory =
            boost::json::make_shared_resource<Bounded>(body.size() * kBytesPerCharacter + kBytesBesides);
        boost::json::parse_options options;
        options.max_depth = kDepth;
        boost::json::parser parser(memory, options);  // what it keeps until the end counts, too
        parser.reset(memory);
        boost::json::error_code failure;
        parser.write(body.data(), body.size(), failure);
        if (failure)
            return fail(ErrorCode::kSerialization,
                        fmt::format("The request's body is not JSON: {}.", failure.message()));
        boost::json::value document = parser.release();
        if (!document.is_object())
            return fail(ErrorCode::kSerialization, "The request's body must be a JSON object.");
        return std::move(document.get_object());
    } catch (const std::bad_alloc&) {
        return fail(ErrorCode::kSerialization, "The request's body holds too many values.");
    }
}

}  // namespace visavis::protocol
