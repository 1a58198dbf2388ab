"""Shipped queries: their headers, their typed parameters, and running them."""
