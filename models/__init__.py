"""The networks, their bundle and the runtime that serves them."""

import os

# From 1.29 on, ONNX Runtime's wheels send usage data to their maker and keep a device id; a ward sends nothing to
# anybody. It reads this when it is imported, and whoever imports it here has imported this package first.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
