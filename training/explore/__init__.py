"""What a data set looks like before anyone fits: classes, patients, rhythms, quality of the signal, duplicates."""
