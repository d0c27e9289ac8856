"""Classifies what staff and researchers upload: pictures of single beats, and records of twelve leads.

Each classifier is a bundle of ONNX graphs of its own in ``models/bundles``; it is read when the first upload needs it.
"""
