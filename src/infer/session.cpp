#include "infer/session.h"

#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openvino/op/add.hpp>
#include <openvino/op/avg_pool.hpp>
#include <openvino/op/constant.hpp>
#include <openvino/op/reshape.hpp>
#include <openvino/op/transpose.hpp>
#include <openvino/openvino.hpp>

namespace visavis::infer {
namespace {

// One core a process: it holds the plugins, and creating it costs 20 ms.
ov::Core& core() {
    static ov::Core instance;
    return instance;
}

std::vector<long> lengths(const ov::PartialShape& shape) {
    std::vector<long> found;
    for (const auto& side : shape) found.push_back(side.is_static() ? side.get_length() : -1);
    return found;
}

bool agrees(const std::vector<long>& expected, const std::vector<long>& found) {
    if (expected.empty()) return true;
    if (expected.size() != found.size()) return false;
    for (std::size_t i = 0; i < expected.size(); ++i)
        if (expected[i] >= 0 && found[i] >= 0 && expected[i] != found[i]) return false;
    return true;
}

template <typename Ports>
Result<void> compare(const ModelFile& file, const char* what, const std::vector<TensorSpec>& specs,
                     const Ports& ports) {
    for (const TensorSpec& spec : specs) {
        std::string seen;
        bool matched = false;
        for (const auto& port : ports) {
            const auto shape = lengths(port.get_partial_shape());
            const auto& names = port.get_names();
            seen += fmt::format(" `{}` [{}]", fmt::join(names, "|"), fmt::join(shape, ", "));
            matched = matched || (names.contains(spec.name) && agrees(spec.shape, shape));
        }
        if (!matched)
            return fail(ErrorCode::kInternal,
                        fmt::format("`{}`: the manifest expects {} `{}` [{}], the file has{}", file.path,
                                    what, spec.name, fmt::join(spec.shape, ", "), seen));
    }
    return {};
}

/// `map` averaged over cells × cells parts, under its name. In the network this costs nothing beside reading
/// every value outside.
ov::Output<ov::Node> averaged(const ov::Output<ov::Node>& map, std::size_t cells) {
    const std::size_t rows = map.get_shape().at(2) / cells;
    const std::size_t columns = map.get_shape().at(3) / cells;
    const auto pool = std::make_shared<ov::op::v1::AvgPool>(map, ov::Strides{rows, columns}, ov::Shape{0, 0},
                                                            ov::Shape{0, 0}, ov::Shape{rows, columns}, true);
    pool->output(0).set_names(map.get_names());
    ov::Output<ov::Node>(map).set_names({});
    return pool->output(0);
}

/// The network up to the named tensors. Throws ov::Exception if it has no such tensor.
std::shared_ptr<ov::Model> cut_behind(const std::shared_ptr<ov::Model>& network,
                                      const std::vector<InnerOutput>& outputs) {
    ov::OutputVector ends;
    for (const auto& [name, cells] : outputs) {
        const auto map = network->add_output(name).get_node()->input_value(0);
        ends.push_back(cells == 0 ? map : averaged(map, cells));
    }
    return std::make_shared<ov::Model>(ends, network->get_parameters(), network->get_friendly_name());
}

/// Whether `node` gives its input's values in their order, only under another shape.
bool moves_nothing(const ov::Node& node) {
    if (ov::is_type<ov::op::v1::Reshape>(&node)) return true;
    if (!ov::is_type<ov::op::v1::Transpose>(&node) || node.get_input_partial_shape(0).is_dynamic())
        return false;
    const auto* order = ov::as_type<const ov::op::v0::Constant>(node.get_input_node_ptr(1));
    if (order == nullptr) return false;
    std::int64_t last = -1;
    for (const std::int64_t side : order->cast_vector<std::int64_t>()) {
        if (node.get_input_shape(0).at(side) == 1) continue;
        if (side < last) return false;
        last = side;
    }
    return true;
}

/// What is added to an output, value by value, after the network ran.
struct LastAddition {
    std::string output;
    std::vector<float> values;
};

/// The network cut before its last additions of constants and what moves nothing behind them. A layer that
/// ends the network gives its sums as they are; one that the plugin has merged an addition into rounds them.
std::shared_ptr<ov::Model> before_last_additions(const std::shared_ptr<ov::Model>& network,
                                                 std::vector<LastAddition>& additions) {
    ov::OutputVector ends;
    for (const auto& result : network->get_results()) {
        ov::Output<ov::Node> end = result->input_value(0);
        const auto names = end.get_names();
        while (moves_nothing(*end.get_node())) end = end.get_node()->input_value(0);
        if (ov::is_type<ov::op::v1::Add>(end.get_node())) {
            const auto* added =
                ov::as_type<const ov::op::v0::Constant>(end.get_node()->get_input_node_ptr(1));
            if (added != nullptr && ov::shape_size(added->get_shape()) == ov::shape_size(end.get_shape())) {
                additions.push_back({*names.begin(), added->cast_vector<float>()});
                end = end.get_node()->input_value(0);
            }
        }
        end.add_names(names);
        ends.push_back(end);
    }
    return std::make_shared<ov::Model>(ends, network->get_parameters(), network->get_friendly_name());
}

Result<std::shared_ptr<ov::Model>> read(const ModelFile& file) {
    auto network = core().read_model(file.path);
    if (const auto same = compare(file, "input", file.inputs, network->inputs()); !same)
        return std::unexpected(same.error());
    if (const auto same = compare(file, "output", file.outputs, network->outputs()); !same)
        return std::unexpected(same.error());
    return network;
}

}  // namespace

Result<void> check(const ModelFile& file) {
    try {
        const auto network = read(file);
        return network ? Result<void>{} : std::unexpected(network.error());
    } catch (const std::exception& error) {
        return fail(ErrorCode::kInternal, fmt::format("`{}` cannot be read: {}", file.path, error.what()));
    }
}

struct Session::Parts {
    ov::CompiledModel model;
    ov::InferRequest request;
    ov::Tensor input;
    std::vector<LastAddition> additions;
};

Session::Session(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Result<Session> Session::open(const ModelFile& file, const SessionOptions& options) {
    try {
        auto checked = read(file);
        if (!checked) return std::unexpected(checked.error());
        std::shared_ptr<ov::Model> network = std::move(*checked);
        if (!options.input_shape.empty())
            network->reshape(ov::PartialShape(
                std::vector<ov::Dimension>(options.input_shape.begin(), options.input_shape.end())));
        if (!options.outputs.empty()) network = cut_behind(network, options.outputs);
        auto parts = std::make_unique<Parts>();
        if (options.exact_outputs) network = before_last_additions(network, parts->additions);
        ov::AnyMap settings = {ov::inference_num_threads(options.threads), ov::num_streams(1),
                               ov::hint::enable_cpu_pinning(false)};
        if (options.full_precision) settings.insert(ov::hint::inference_precision(ov::element::f32));
        if (!options.cache_directory.empty()) settings.insert(ov::cache_dir(options.cache_directory));

        parts->model = core().compile_model(network, "CPU", settings);
        parts->request = parts->model.create_infer_request();
        parts->input = parts->request.get_input_tensor();
        return Session(std::move(parts));
    } catch (const std::exception& error) {
        return fail(ErrorCode::kInternal,
                    fmt::format("`{}` cannot be compiled: {}", file.path, error.what()));
    }
}

std::span<float> Session::input() {
    return {parts_->input.data<float>(), parts_->input.get_size()};
}

Result<void> Session::run() {
    try {
        parts_->request.infer();
        for (const LastAddition& last : parts_->additions) {
            auto* values = parts_->request.get_tensor(last.output).data<float>();
            for (const float value : last.values) *values++ += value;
        }
        return {};
    } catch (const std::exception& error) {
        return fail(ErrorCode::kInternal, fmt::format("inference failed: {}", error.what()));
    }
}

Tensor Session::output(const std::string& name) {
    const ov::Tensor tensor = parts_->request.get_tensor(name);
    const ov::Shape& shape = tensor.get_shape();
    return {.shape = {shape.begin(), shape.end()},
            .values = {static_cast<const float*>(tensor.data(ov::element::f32)), tensor.get_size()}};
}

}  // namespace visavis::infer
