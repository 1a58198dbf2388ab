"""The rules, one module a kind; ``integrity.catalogue`` lists them."""
