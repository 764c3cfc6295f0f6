#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/file.h"
#include "base/random.h"
#include "store/archive_coding.h"
#include "store/archive_frame.h"

namespace visavis::store {
namespace {

std::unexpected<Error> unwritable(const std::string& path, int error) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("`{}` cannot be written: {}", path, std::generic_category().message(error)));
}

std::unexpected<Error> there_already(const std::string& path) {
    return fail(ErrorCode::kAlreadyExists,
                fmt::format("`{}` is there already; an archive takes a new name", path));
}

}  // namespace

struct ArchiveWriter::State {
    std::string path;
    std::string temporary;
    FileDescriptor file;
    archive::Frame frame;
    Sha256Stream digest{};
    Bytes part{};
    archive::Totals totals{};
    bool finished{false};

    Result<void> write(ByteView bytes) {
        digest.update(bytes);
        while (!bytes.empty()) {
            const ssize_t count = ::write(file.get(), bytes.data(), bytes.size());
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) return unwritable(path, errno);
            bytes = bytes.subspan(static_cast<std::size_t>(count));
        }
        return {};
    }

    // The highest bit of a part's length says that it is the last.
    Result<void> close_part(bool last) {
        const Bytes sealed = frame.seal(part, last);
        part.clear();
        Bytes length;
        const std::uint32_t number =
            static_cast<std::uint32_t>(sealed.size()) | (last ? archive::kLastPart : 0U);
        for (unsigned shift = 0; shift < 32; shift += 8)
            length.push_back(static_cast<std::uint8_t>(number >> shift));
        if (const auto done = write(length); !done) return done;
        return write(sealed);
    }
};

ArchiveWriter::ArchiveWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}

ArchiveWriter::~ArchiveWriter() {
    if (!state_->finished) ::unlink(state_->temporary.c_str());
}

Result<std::unique_ptr<ArchiveWriter>> ArchiveWriter::create(const std::string& path,
                                                             const ArchiveSecret& secret,
                                                             const ArchivedCollection& collection) {
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) return there_already(path);
    archive::Header header;
    auto frame = archive::Frame::make(secret, header);
    if (!frame) return std::unexpected(frame.error());
    std::string temporary = fmt::format("{}.{}.tmp", path, to_hex(random_bytes(6)));
    FileDescriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file) return unwritable(path, errno);
    std::unique_ptr<ArchiveWriter> writer(
        new ArchiveWriter(std::make_unique<State>(State{.path = path,
                                                        .temporary = std::move(temporary),
                                                        .file = std::move(file),
                                                        .frame = std::move(*frame)})));
    if (const auto done = writer->state_->write(header); !done) return std::unexpected(done.error());
    archive::write(writer->state_->part, collection);
    return writer;
}

Result<void> ArchiveWriter::add(const ArchivedRecord& record) {
    archive::write(state_->part, record);
    if (std::holds_alternative<ArchivedFace>(record)) ++state_->totals.faces;
    if (std::holds_alternative<ArchivedUser>(record)) ++state_->totals.users;
    if (state_->part.size() < archive::kPartBytes) return {};
    return state_->close_part(false);
}

Result<Sha256> ArchiveWriter::finish() {
    archive::write(state_->part, state_->totals);
    if (const auto done = state_->close_part(true); !done) return std::unexpected(done.error());
    if (::fsync(state_->file.get()) != 0) return unwritable(state_->path, errno);
    // A link instead of a rename: it never takes the place of a file that came meanwhile.
    if (::link(state_->temporary.c_str(), state_->path.c_str()) != 0)
        return errno == EEXIST ? there_already(state_->path) : unwritable(state_->path, errno);
    const auto parent = std::filesystem::path(state_->path).parent_path();
    if (const auto synced = sync_directory(parent.empty() ? "." : parent.string()); !synced) {
        ::unlink(state_->path.c_str());
        return std::unexpected(synced.error());
    }
    ::unlink(state_->temporary.c_str());
    state_->finished = true;
    return state_->digest.finish();
}

}  // namespace visavis::store
