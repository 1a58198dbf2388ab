"""Figures of several studies brought together: pooled numbers, their caveats, their plots."""
