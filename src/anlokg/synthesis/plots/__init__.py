"""Forest and subgroup plots as SVG and PNG, with a text that says what they show."""
