"""Statistics of clinical evidence: printed numbers, intervals, tests; SciPy and statsmodels."""
