"""Benchmarks of anlokg: ``python -m benchmarks`` makes the tables of ``docs/benchmarks.md``."""
