"""Where workloads come from: adapter files, request logs, public traces, the paper."""
