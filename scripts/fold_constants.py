"""fold_constants.py IN.onnx OUT.onnx: replace every DequantizeLinear over a constant, and a Reshape after it, by a
float initialiser. OpenVINO reads the result; it does not read 1-D biases quantised in blocks. Same input, same bytes."""

import sys

import numpy as np
import onnx
from onnx import numpy_helper


def dequantize(node, constants):
    x = constants[node.input[0]].astype(np.float32)
    scale = constants[node.input[1]]
    zero = constants[node.input[2]].astype(np.float32) if len(node.input) > 2 and node.input[2] else np.float32(0)
    attributes = {a.name: a.i for a in node.attribute}
    block = attributes.get("block_size", 0)
    axis = attributes.get("axis", 1) % max(x.ndim, 1)
    if block:
        widen = lambda v: np.take(np.repeat(v, block, axis=axis), range(x.shape[axis]), axis=axis)
        scale = widen(scale)
        zero = widen(zero) if zero.ndim else zero
    elif scale.ndim == 1 and x.ndim > 1:
        shape = [-1 if i == axis else 1 for i in range(x.ndim)]
        scale = scale.reshape(shape)
        zero = zero.reshape(shape) if zero.ndim else zero
    return ((x - zero) * scale).astype(np.float32)


def fold(model):
    graph = model.graph
    constants = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    kept = []
    folded = {}
    for node in graph.node:
        if node.op_type == "DequantizeLinear" and node.input[0] in constants:
            folded[node.output[0]] = dequantize(node, constants)
        elif node.op_type == "Reshape" and node.input[0] in folded and node.input[1] in constants:
            folded[node.output[0]] = folded[node.input[0]].reshape(constants[node.input[1]])
        else:
            kept.append(node)
    used = {name for node in kept for name in node.input} | {o.name for o in graph.output}
    initializers = [i for i in graph.initializer if i.name in used]
    initializers += [numpy_helper.from_array(v, n) for n, v in folded.items() if n in used]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(kept)
    graph.initializer.extend(initializers)
    inputs = [i for i in graph.input if i.name in used and i.name not in constants]
    del graph.input[:]
    graph.input.extend(inputs)
    return model


def main():
    source, target = sys.argv[1:]
    model = fold(onnx.load(source))
    with open(target, "wb") as file:
        file.write(model.SerializeToString(deterministic=True))


if __name__ == "__main__":
    main()
