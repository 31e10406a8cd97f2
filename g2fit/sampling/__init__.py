"""Samplers: ensembles of walkers that advance in parallel until they agree."""
