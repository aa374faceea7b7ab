"""What the engine does by itself, every morning: when it is due, and the jobs that it makes then."""
