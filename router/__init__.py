"""A generic Apollo-compatible federation router: it serves any supergraph and knows nothing of healthcare."""
