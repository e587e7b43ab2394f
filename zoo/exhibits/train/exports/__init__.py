"""A classifier in other forms: ONNX, a torch.export program, a page for the browser, a C++ program; and back again."""
