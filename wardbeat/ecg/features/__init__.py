"""Features of the signal, the beats and the rhythm that the networks and the rules take."""
