// Asking witnesses to cosign (https://c2sp.org/tlog-witness). HTTP itself comes from outside: this layer
// knows none.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ledger/log.h"

namespace visavis::ledger {

struct Witness {
    std::string url;                 ///< submission prefix, without `/add-checkpoint`
    std::optional<VerifierKey> key;  ///< if known, only its own valid cosignatures are taken
};

/// `URL` or `URL VKEY`; kInvalidParameter otherwise.
[[nodiscard]] Result<Witness> parse_witness(const std::string& text);

struct WitnessAnswer {
    int status{};
    std::string body;
};

/// POSTs a text and gives the answer; an error if none came within its time limit.
using WitnessPost = std::function<Result<WitnessAnswer>(const std::string& url, const std::string& body)>;

/// Not thread-safe: the log's publishing thread uses it. A witness that fails is left alone for the pause;
/// one that has cosigned a checkpoint is not asked again for the same.
class WitnessCosigner final : public Cosigner {
  public:
    WitnessCosigner(std::vector<Witness> witnesses, WitnessPost post,
                    std::function<void(const std::string&)> on_trouble,
                    std::chrono::milliseconds pause = std::chrono::seconds(30));

    [[nodiscard]] Result<std::vector<NoteSignature>> cosign(const SignedCheckpoint& checkpoint,
                                                            const NodeReader& tree) override;
    [[nodiscard]] bool wants(const SignedCheckpoint& checkpoint) const override;

  private:
    struct Known {
        Witness witness;
        std::uint64_t size{};  // that it has cosigned last
        std::chrono::steady_clock::time_point not_before;
        std::string cosigned;                   // text of the checkpoint that these are over
        std::vector<NoteSignature> signatures;  // its answer
    };
    Result<std::vector<NoteSignature>> ask(Known& known, const SignedCheckpoint& checkpoint,
                                           const NodeReader& tree);
    Result<std::vector<NoteSignature>> signatures_in(const Known& known, const SignedCheckpoint& checkpoint,
                                                     const std::string& body) const;

    std::vector<Known> witnesses_;
    WitnessPost post_;
    std::function<void(const std::string&)> on_trouble_;
    std::chrono::milliseconds pause_;
};

}  // namespace visavis::ledger
