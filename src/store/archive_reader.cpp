#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "store/archive_coding.h"
#include "store/archive_frame.h"

namespace visavis::store {

struct ArchiveReader::State {
    std::string path;
    FileDescriptor file;
    archive::Frame frame;
    Sha256Stream digest;
    ArchivedCollection collection{};
    Bytes part{};
    archive::RecordReader records{};
    archive::Totals totals{};
    bool last{false};
    bool ended{false};

    [[nodiscard]] std::unexpected<Error> damaged(std::string_view how) const {
        return fail(ErrorCode::kInternal, fmt::format("`{}` is damaged: {}", path, how));
    }

    /// As many bytes as there are, up to that many.
    static Result<std::size_t> read(int file, const std::string& path, std::span<std::uint8_t> into) {
        std::size_t done = 0;
        while (done < into.size()) {
            const ssize_t count = ::read(file, into.data() + done, into.size() - done);
            if (count < 0 && errno == EINTR) continue;
            if (count < 0)
                return fail(ErrorCode::kInternal, fmt::format("`{}` cannot be read: {}", path,
                                                              std::generic_category().message(errno)));
            if (count == 0) break;
            done += static_cast<std::size_t>(count);
        }
        return done;
    }

    Result<void> read(std::span<std::uint8_t> into) {
        const auto count = read(file.get(), path, into);
        if (!count) return std::unexpected(count.error());
        if (*count < into.size()) return damaged("it was cut off; it does not hold the whole collection");
        digest.update(into);
        return {};
    }

    Result<void> next_part() {
        std::array<std::uint8_t, 4> length{};
        if (const auto done = read(length); !done) return done;
        std::uint32_t number = 0;
        for (unsigned i = 0; i < 4; ++i) number |= std::uint32_t{length[i]} << (8 * i);
        last = (number & archive::kLastPart) != 0;
        const std::size_t size = number & ~archive::kLastPart;
        if (size > archive::kMostPartBytes) return damaged("a part has an impossible length");
        Bytes sealed(size);
        if (const auto done = read(sealed); !done) return done;
        auto opened = frame.open(sealed, last);
        if (!opened) return damaged("a part was altered, moved or exchanged");
        part = std::move(*opened);
        records = archive::RecordReader(part, collection.dimension);
        return {};
    }

    Result<void> end() {
        const auto said = records.totals();
        if (!said || !records.at_end() || !last) return damaged("it does not end as an archive does");
        if (*said != totals || totals != archive::Totals{collection.faces, collection.users})
            return damaged("it holds another number of faces or users than it says");
        std::uint8_t more = 0;
        const auto count = read(file.get(), path, std::span(&more, 1));
        if (!count) return std::unexpected(count.error());
        if (*count != 0) return damaged("something follows its end");
        ended = true;
        return {};
    }
};

ArchiveReader::ArchiveReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
ArchiveReader::~ArchiveReader() = default;

Result<std::unique_ptr<ArchiveReader>> ArchiveReader::open(const std::string& path,
                                                           const ArchiveSecret& secret) {
    FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file)
        return fail(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kInvalidParameter,
                    fmt::format("`{}` cannot be opened: {}", path, std::generic_category().message(errno)));
    archive::Header header;
    header.fill(0);
    const auto count = State::read(file.get(), path, header);
    if (!count) return std::unexpected(count.error());
    auto frame = archive::Frame::open(header, secret, path);
    if (!frame) return std::unexpected(frame.error());
    std::unique_ptr<ArchiveReader> reader(new ArchiveReader(std::make_unique<State>(
        State{.path = path, .file = std::move(file), .frame = std::move(*frame), .digest = {}})));
    State& state = *reader->state_;
    state.digest.update(header);
    if (const auto first = state.next_part(); !first) return std::unexpected(first.error());
    auto collection = state.records.collection();
    if (!collection || collection->dimension == 0 || collection->dimension > limits::kTemplateDimension)
        return state.damaged("it does not say what it holds");
    state.collection = std::move(*collection);
    state.records.set_dimension(state.collection.dimension);
    return reader;
}

const ArchivedCollection& ArchiveReader::collection() const noexcept {
    return state_->collection;
}

Result<std::optional<ArchivedRecord>> ArchiveReader::next() {
    State& state = *state_;
    if (state.ended) return std::nullopt;
    while (state.records.at_end()) {
        if (state.last) return state.damaged("it does not end as an archive does");
        if (const auto done = state.next_part(); !done) return std::unexpected(done.error());
    }
    if (state.records.kind() == archive::kEnd) {
        if (const auto done = state.end(); !done) return std::unexpected(done.error());
        return std::nullopt;
    }
    auto record = state.records.record();
    if (!record) return state.damaged("a record is not of a known form");
    if (std::holds_alternative<ArchivedFace>(*record)) ++state.totals.faces;
    if (std::holds_alternative<ArchivedUser>(*record)) ++state.totals.users;
    return record;
}

Sha256 ArchiveReader::digest() {
    return state_->digest.finish();
}

}  // namespace visavis::store
