"""The live detector scored by the field's own protocol (ANSI/AAMI EC57), and reports of it."""
