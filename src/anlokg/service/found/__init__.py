"""What is found by name over HTTP: the index of an edition, and how hits are told."""
