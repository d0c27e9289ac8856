"""Answers uploads of pictures and records: a small web service of its own, and the same for the command line.

It keeps nothing: uploads stay in memory, or in a temporary folder that is removed with the answer. No name of a file or
of a patient is logged.
"""
