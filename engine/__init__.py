"""What happens: control verbs, queue, workers, reconciler, job types, pipelines, captures, command line."""
