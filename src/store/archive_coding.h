// How the records of an archive are written as bytes: docs/formats/archive.md.
#pragma once

#include "store/archive.h"

namespace visavis::store::archive {

inline constexpr std::uint8_t kCollection = 1;
inline constexpr std::uint8_t kUser = 2;
inline constexpr std::uint8_t kFace = 3;
inline constexpr std::uint8_t kEnd = 255;

/// What the last part says of the whole.
struct Totals {
    std::uint64_t faces{};
    std::uint64_t users{};
    friend bool operator==(const Totals&, const Totals&) = default;
};

void write(Bytes& into, const ArchivedCollection& collection);
void write(Bytes& into, const ArchivedRecord& record);
void write(Bytes& into, const Totals& totals);

/// Reads the records of one part, one after another. Not thread-safe.
class RecordReader {
  public:
    explicit RecordReader(ByteView part = {}, std::size_t dimension = 0)
        : left_(part), dimension_(dimension) {}

    void set_dimension(std::size_t dimension) noexcept { dimension_ = dimension; }
    [[nodiscard]] bool at_end() const noexcept { return left_.empty(); }
    /// Kind of the next record; there is one.
    [[nodiscard]] std::uint8_t kind() const noexcept { return left_.front(); }

    /// The next record, of that kind; nothing if the bytes are not of this form.
    std::optional<ArchivedCollection> collection();
    std::optional<ArchivedRecord> record();
    std::optional<Totals> totals();

  private:
    template <typename Number>
    Number number();
    std::string text();
    std::optional<std::string> optional_text();
    TimePoint time();
    Bytes blob();
    std::vector<float> vector();
    ByteView take(std::size_t count);

    ByteView left_;
    std::size_t dimension_;
    bool good_{true};
};

}  // namespace visavis::store::archive
