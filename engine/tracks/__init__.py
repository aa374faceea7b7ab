"""Which detections of one night are the same animal: what its crops look like, and who is linked to whom."""
