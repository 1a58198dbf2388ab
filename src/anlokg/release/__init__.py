"""Releases: immutable folders with a store, a manifest, a report and a description."""
