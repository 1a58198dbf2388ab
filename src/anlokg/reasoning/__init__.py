"""What follows from the evidence and the ontology: classification by HermiT, closure by rules."""
