"""The W3C's SPARQL test suites at real servers; ``python -m benchmarks.conformance --help``."""
