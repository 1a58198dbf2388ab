"""``python -m benchmarks.serving`` measures how fast anlokg answers, beside other servers."""
