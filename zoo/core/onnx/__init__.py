"""ONNX graphs, written node by node, and networks as such graphs."""
