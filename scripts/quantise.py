"""quantise.py IN.onnx RANGES.json OUT.onnx: insert QuantizeLinear and DequantizeLinear before the layers whose inputs
RANGES names, so that OpenVINO runs these layers in int8. Same input, same bytes.

Inputs become uint8 between the two given values, one scale a tensor; weights int8, one scale an output channel,
symmetric (Krishnamoorthi 2018, arXiv 1806.08342, section 3). The ranges are training/embedder_ranges.py's."""

import json
import sys

import numpy as np
import onnx
from onnx import helper, numpy_helper


def quantise(model, ranges):
    graph = model.graph
    weights = {i.name: i for i in graph.initializer}
    nodes = []
    used = set()

    def constant(name, value):
        graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def around(name):
        """The tensor `name`, to uint8 and back."""
        low, high = ranges[name]
        scale = np.float32((high - low) / 255)
        parts = [constant(f"{name}_scale", scale), constant(f"{name}_zero", np.uint8(round(-low / scale)))]
        nodes.append(helper.make_node("QuantizeLinear", [name, *parts], [f"{name}_uint8"]))
        nodes.append(helper.make_node("DequantizeLinear", [f"{name}_uint8", *parts], [f"{name}_near"]))
        return f"{name}_near"

    def int8_weights(name):
        """The constant `name`, kept as int8."""
        values = numpy_helper.to_array(weights[name])
        scale = np.abs(values).reshape(len(values), -1).max(1) / np.float32(127)
        scale[scale == 0] = 1
        whole = np.rint(values / scale.reshape([-1] + [1] * (values.ndim - 1))).astype(np.int8)
        graph.initializer.remove(weights[name])
        parts = [constant(f"{name}_int8", whole), constant(f"{name}_scale", scale.astype(np.float32))]
        nodes.append(helper.make_node("DequantizeLinear", parts, [name], axis=0))
        return name

    for node in graph.node:
        if node.op_type in ("Conv", "Gemm") and node.input[0] in ranges:
            used.add(node.input[0])
            node.input[0] = around(node.input[0])
            node.input[1] = int8_weights(node.input[1])
        nodes.append(node)
    if used != set(ranges):
        raise SystemExit(f"no Conv or Gemm reads {', '.join(sorted(set(ranges) - used))}")
    del graph.node[:]
    graph.node.extend(nodes)
    return model


def main():
    source, ranges, target = sys.argv[1:]
    with open(ranges) as file:
        model = quantise(onnx.load(source), json.load(file)["ranges"])
    with open(target, "wb") as file:
        file.write(model.SerializeToString(deterministic=True))


if __name__ == "__main__":
    main()
