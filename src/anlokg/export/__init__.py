"""Exports of a release: RDF in its formats, evidence as one flat CSV, crosswalks as SSSOM."""
