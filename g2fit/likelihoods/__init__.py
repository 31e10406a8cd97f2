"""Likelihood functions: products of named terms that compare predictions with measurements."""

from g2fit.likelihoods.build import build_terms
from g2fit.likelihoods.likelihood import Likelihood
from g2fit.likelihoods.listing import listing
from g2fit.likelihoods.simulate import simulate
from g2fit.likelihoods.standard_model import sm_value

__all__ = ["Likelihood", "build_terms", "listing", "simulate", "sm_value"]
