"""The study of pictures of beats: the fits, their figures, and the bundle of the network in service."""
