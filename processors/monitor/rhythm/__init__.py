"""The rhythm rules: one module per rule family, from classified beats and seconds to the conditions that hold."""
