// One network, compiled and ready to run. OpenVINO stays behind this header.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "infer/model_pack.h"

namespace visavis::infer {

/// Row-major float values of a tensor, valid until the session runs again.
struct Tensor {
    std::vector<long> shape;
    std::span<const float> values;
};

/// An inner tensor of a network.
struct InnerOutput {
    std::string name;
    /// 0: the tensor itself. Else its means over cells × cells parts of each channel's map, [1, channels,
    /// cells, cells]; a rest of rows and columns that no part holds is left out.
    std::size_t cells{};
};

struct SessionOptions {
    int threads{1};
    std::string cache_directory;    ///< compiled networks are kept here; empty: no cache
    bool full_precision{false};     ///< f32 where the processor has bf16
    std::vector<long> input_shape;  ///< fixes a network with free sides; empty: as in the file
    /// Inner tensors to give instead of the file's outputs; what lies behind them is not run. Empty: the
    /// file's own.
    std::vector<InnerOutput> outputs;
    /// Outputs as exact as the last layer's sums, where else a bf16 network rounds them to eight bits. Shapes
    /// may then differ from the manifest's in where sides of length 1 stand.
    bool exact_outputs{false};
};

/// Whether the file is a network with the tensors that the manifest names; kInternal, printing both, if not.
/// Compiles nothing. Thread-safe.
[[nodiscard]] Result<void> check(const ModelFile& file);

/// Not thread-safe: one session a stream.
class Session {
  public:
    /// Compiles the network. kInternal if it cannot be read, or if its tensors are not those of the manifest
    /// (both are printed).
    static Result<Session> open(const ModelFile& file, const SessionOptions& options);

    Session(Session&&) noexcept;
    Session& operator=(Session&&) noexcept;
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session();

    /// Where the caller writes the input, row-major, before run().
    [[nodiscard]] std::span<float> input();

    /// kInternal with the engine's words.
    [[nodiscard]] Result<void> run();

    /// An output by name, after run(); `name` must be one of the manifest's, or of SessionOptions::outputs.
    [[nodiscard]] Tensor output(const std::string& name);

  private:
    struct Parts;
    explicit Session(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace visavis::infer
