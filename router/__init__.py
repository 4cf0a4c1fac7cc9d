"""A generic Apollo-compatible federation router: it serves any federation supergraph and knows nothing of healthcare."""
