// A model pack: a directory with pack.toml, the networks it names and a calibration curve.
// The manifest says who each network is (SHA-256, tensor names and shapes, licence, training data as far as
// known), and whom the curve was measured on; what is found is compared with it before anything runs.
// docs/formats/model-pack.md has the format.
//
// The project ships manifests and curves, never third-party networks: those lie beside the manifest (air gap,
// packages) or in the cache where `make setup` puts them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"

namespace visavis::infer {

/// −1 in a shape stands for any length. An empty shape is not compared.
struct TensorSpec {
    std::string name;
    std::vector<long> shape;
};

struct ModelFile {
    std::string role;  ///< `detector`, `embedder`, …
    std::string name;  ///< file name: that of the manifest's entry, or of the alternative that was found
    std::string model;
    std::string sha256;  ///< lower-case hexadecimal
    std::string licence;
    std::string training_data;
    std::vector<std::string> sources;
    std::vector<TensorSpec> inputs;
    std::vector<TensorSpec> outputs;
    std::string path;  ///< where the file was found; where it is expected if it was not
};

/// Whom the curve was measured on, in the manifest's words.
struct MeasuredGroup {
    std::string group;  ///< as in the curve's `measured_on`
    std::uint64_t people{};
    std::string composition;  ///< by gender, race, country, as far as the set says
};

/// A file of the pack and what the manifest says its SHA-256 is.
struct PackFile {
    std::string path;
    std::string sha256;
};

/// The directory of a pack: `wanted` itself or `wanted`/default where that holds a pack.toml; for an empty
/// `wanted`, models/default beside the program's directory (a source tree or an unpacked archive) or
/// share/visavis/models/default there (an installed package). kNotFound, naming the places, otherwise.
[[nodiscard]] Result<std::string> find_pack(const std::string& wanted);

/// `root` if it holds a pack, else the directories below it that do, in order of name; empty if there is
/// none.
[[nodiscard]] std::vector<std::string> packs_below(const std::string& root);

/// Whether a pack must have its curve already: not where that is about to be measured.
enum class Curve { kThere, kToBeMade };

/// Immutable; thread-safe.
struct ModelPack {
    std::string directory;
    std::string name;
    std::string version;  ///< Rekognition's FaceModelVersion: digits and dots
    std::size_t dimension{};
    std::string calibration;           ///< path of the curve, see match/similarity_scale.h
    std::string normalisation;         ///< path, see match/score_normalisation.h; empty: scores are cosines
    std::string calibration_sha256;    ///< as the manifest says; empty where the curve is to be made
    std::string normalisation_sha256;  ///< as the manifest says; empty: scores are cosines
    std::string hash;  ///< SHA-256 over the files' hashes, normalisation and curve: what receipts and reports
                       ///< name; empty where the curve is to be made
    std::vector<ModelFile> files;
    std::vector<MeasuredGroup> measured_on;

    /// Reads `directory`/pack.toml and looks for each network, under its name or the name of one of its
    /// alternatives, in `directory` and then in the cache: $VISAVIS_CACHE/packs/<name>, else
    /// $XDG_CACHE_HOME/visavis/packs/<name>, else ~/.cache/visavis/packs/<name>. kInternal, naming the file
    /// and the key, if the manifest is missing or malformed. Reads nothing else: see verify().
    static Result<ModelPack> open(const std::string& directory, Curve curve = Curve::kThere);

    /// The networks in the manifest's order, the normalisation and the curve, those of them that there are.
    [[nodiscard]] std::vector<PackFile> every_file() const;

    /// Compares every file with its SHA-256. kInternal, printing both, at the first that differs or is
    /// missing.
    [[nodiscard]] Result<void> verify() const;

    /// The file of a role; kInternal if the pack has none.
    [[nodiscard]] Result<const ModelFile*> file(std::string_view role) const;
};

}  // namespace visavis::infer
