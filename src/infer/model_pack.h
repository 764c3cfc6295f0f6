// A model pack: a directory with pack.toml, the networks it names and a calibration curve.
// The manifest says who each network is (SHA-256, tensor names and shapes, licence, training data as far as
// known); what is found is compared with it before anything runs.
#pragma once

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
    std::string role;  ///< `detector` or `embedder`
    std::string name;  ///< file name within the pack
    std::string model;
    std::string sha256;  ///< lower-case hexadecimal
    std::string licence;
    std::string training_data;
    std::vector<std::string> sources;
    std::vector<TensorSpec> inputs;
    std::vector<TensorSpec> outputs;
    std::string path;  ///< where the file was found
};

/// Immutable; thread-safe.
struct ModelPack {
    std::string directory;
    std::string name;
    std::string version;  ///< Rekognition's FaceModelVersion: digits and dots
    std::size_t dimension{};
    std::string calibration;  ///< path of the curve, see match/similarity_scale.h
    std::string hash;  ///< SHA-256 over the files' hashes and the curve: what receipts and reports name
    std::vector<ModelFile> files;

    /// Reads `directory`/pack.toml. kInternal, naming the file and the key, if it is missing or malformed.
    /// Does not read the networks: see verify().
    static Result<ModelPack> open(const std::string& directory);

    /// Compares every file with its SHA-256. kInternal, printing both, at the first that differs or is
    /// missing.
    [[nodiscard]] Result<void> verify() const;

    /// The file of a role; kInternal if the pack has none.
    [[nodiscard]] Result<const ModelFile*> file(std::string_view role) const;
};

}  // namespace visavis::infer
