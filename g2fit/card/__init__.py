"""Run cards: model, data, priors and sampler settings of a fit."""

from g2fit.card.card import Card, ParameterSetting, target_of

__all__ = ["Card", "ParameterSetting", "target_of"]
