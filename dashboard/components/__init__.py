"""What pages are built of: each module one kind of part."""
