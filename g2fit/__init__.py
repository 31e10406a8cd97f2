"""Bayesian inference for the anomalous magnetic moments of the leptons."""
