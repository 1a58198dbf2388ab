"""Evidence that checks its own arithmetic: rules over figures, findings as data."""
