"""The networks: definitions, inputs and outputs, the bundle that stores them and the runtime that serves them."""

import os

# From 1.29 on, ONNX Runtime's wheels send usage data to their maker and keep a device id; a ward sends no such data.
# ONNX Runtime reads this variable when it is imported. Only modules of this package import it, so Python sets the
# variable first.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
