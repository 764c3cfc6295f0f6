// The data directory: everything a server keeps. One process at a time holds its lock.
//
//     credentials      the root client's own copy of its key, in AWS's shared credentials format (0600)
//     server.key       wraps every other key (0600); without it nothing here can be read
//     keys.sealed      access keys, sealed under the server key (0600); like the next database, policy.db and
//                      sessions.sealed it keeps receipts of its changes until they are in the ledger
//     visavis.db       collections, faces, users (SQLite)
//     ledger/          receipts: journal, tiles, checkpoint
//     openings.db      what the receipts commit to, sealed (SQLite)
//     policy/          *.cedar files in force, and history/
//     principals.toml  who is who; roles.toml: what sessions may be for (both written by the operator)
//     policy.db        cases (SQLite, 0600)
//     sessions.sealed  revoked sessions, sealed under the server key (0600)
//     cache/           compiled networks
//     visavis.sock     where the command line speaks to a running server (0600)
//     restore.pending  a restore that is not finished
//     lock             held by whoever has the directory open
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/file.h"

namespace visavis::app {

class DataDirectory {
  public:
    /// `$VISAVIS_DATA`, or `data` in the working directory.
    [[nodiscard]] static std::string default_path();

    /// Makes the directory (0700) if it is absent and takes its lock. kUnavailable, naming the directory, if
    /// another process holds the lock or the directory cannot be written.
    static Result<DataDirectory> open(const std::string& path);

    [[nodiscard]] const std::string& path() const noexcept { return path_; }

    /// Path of a file or folder in it.
    [[nodiscard]] std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }

    /// The socket's path in any data directory, whether or not it is open.
    [[nodiscard]] static std::string socket_of(const std::string& path) { return path + "/visavis.sock"; }

  private:
    DataDirectory(std::string path, FileDescriptor lock) : path_(std::move(path)), lock_(std::move(lock)) {}

    std::string path_;
    FileDescriptor lock_;
};

}  // namespace visavis::app
