"""Questions without SPARQL: what a request asks, and the answer in every form."""
