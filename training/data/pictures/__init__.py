"""Pictures of single beats: which beats, how they are drawn, and pictures of other things."""
