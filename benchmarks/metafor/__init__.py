"""The pooled numbers of published examples, beside those of R's metafor package."""
