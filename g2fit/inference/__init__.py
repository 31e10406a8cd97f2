"""Inference beside the chain: profile likelihoods, evidences and comparisons of models."""
