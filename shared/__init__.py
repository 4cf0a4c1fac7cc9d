"""The domain-free floor: what two or more subgraphs stand on. It knows nothing of healthcare."""
