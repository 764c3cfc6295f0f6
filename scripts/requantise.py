"""requantise.py FULL.onnx OUT.onnx: round the weights of a full-precision file of OpenCV Zoo as its int8bq file has
them, to int8 in blocks of up to 64. Byte by byte what fold_constants.py makes of the int8bq file."""

import sys

import numpy as np
import onnx
from fold_constants import fold
from onnx import helper, numpy_helper, version_converter

BLOCK = 64
OPSET = 21


def rounded(weights):
    rows = weights.reshape(weights.shape[0] if weights.ndim > 1 else 1, -1)
    length = next(n for n in range(BLOCK, 0, -1) if rows.shape[1] % n == 0)
    blocks = rows.reshape(rows.shape[0], -1, length)
    low = np.minimum(blocks.min(-1, keepdims=True), 0)
    high = np.maximum(blocks.max(-1, keepdims=True), 0)
    scale = np.where(high > low, (high - low) / 255, 1)
    zero = np.where(high > low, np.rint(-128 - low / scale), 0).astype(np.int8)
    levels = np.clip(np.rint(blocks / scale + zero), -128, 127).astype(np.int8)
    return ((levels.astype(np.float32) - zero) * scale).reshape(weights.shape)


def requantise(model):
    graph = model.graph
    constants = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    weights, infos, shape = [], [], None
    for node in graph.node:
        if node.op_type not in ("Conv", "Gemm"):
            continue
        for place, name in enumerate(node.input):
            values = constants.get(name)
            if values is None or values.size < BLOCK:
                continue
            flat = values.shape if values.ndim == 1 else (values.shape[0], values.size // values.shape[0])
            dequantised = helper.make_tensor_value_info(f"{name}_dequantized", onnx.TensorProto.FLOAT, flat)
            if values.ndim > 2:
                shape = helper.make_tensor_value_info(f"{name}_reshaped", onnx.TensorProto.FLOAT, values.shape)
            # The int8bq files repeat the last shape where a constant was not reshaped.
            infos = [dequantised, shape, *infos]
            node.input[place] = f"{name}_reshaped" if values.ndim > 2 else f"{name}_dequantized"
            weights.insert(0, numpy_helper.from_array(rounded(values), node.input[place]))
    graph.initializer.extend(weights)
    infos += graph.value_info
    del graph.value_info[:]
    graph.value_info.extend(infos)
    return fold(model)  # nothing is left to fold; drops the constants and inputs that are no longer used


def main():
    source, target = sys.argv[1:]
    model = requantise(version_converter.convert_version(onnx.load(source), OPSET))
    with open(target, "wb") as file:
        file.write(model.SerializeToString(deterministic=True))


if __name__ == "__main__":
    main()
