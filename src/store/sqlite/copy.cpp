#include "store/sqlite/copy.h"

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>

#include <SQLiteCpp/Backup.h>
#include <fcntl.h>
#include <fmt/format.h>

#include "base/file.h"
#include "store/sqlite/connection.h"

namespace visavis::store::sqlite {

bool is_database(const std::string& file) {
    constexpr std::string_view kMagic{"SQLite format 3\0", 16};
    std::array<char, kMagic.size()> head{};
    std::ifstream input(file, std::ios::binary);
    return input.read(head.data(), head.size()) && std::string_view(head.data(), head.size()) == kMagic;
}

Result<void> copy_database(const std::string& from, const std::string& to) {
    const FileDescriptor made(::open(to.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!made && errno == EEXIST)
        return fail(ErrorCode::kAlreadyExists, fmt::format("`{}` is there already", to));
    if (!made) return fail(ErrorCode::kUnavailable, fmt::format("`{}` cannot be made", to));
    const auto source = Connection::open(from, Access::kRead);
    if (!source) return std::unexpected(source.error());
    const auto done = guarded(**source, [&]() -> Result<void> {
        SQLite::Database target(to, SQLite::OPEN_READWRITE);
        SQLite::Backup backup(target, (*source)->database());
        backup.executeStep();  // all pages in one read transaction
        return {};
    });
    if (!done) return done;
    return sync_directory(std::filesystem::absolute(to).parent_path().string());
}

}  // namespace visavis::store::sqlite
