"""The tasks of the study: each gives data with its patients, its splits and its labels."""
