"""The run card: what to fit, with which data and priors, and how to sample it."""

from g2fit.card.card import Card, ParameterSetting, target_of

__all__ = ["Card", "ParameterSetting", "target_of"]
