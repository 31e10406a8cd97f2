"""The Standard Model with the data of a card of another model: the null hypothesis of a comparison."""

import dataclasses

from g2fit.card import Card
from g2fit.core.errors import DataError
from g2fit.likelihoods.plugins import Columns
from g2fit.posterior import Posterior

__all__ = ["likelihoods_beyond", "standard_model"]


def standard_model(card: Card) -> Card:
    """Card of the Standard Model with the data of a card; projections keep the values of that card's model.

    Custom likelihoods of quantities that the Standard Model lacks are left out, see `likelihoods_beyond`.
    """
    likelihood = Posterior(card).likelihood
    values = {item.datum.entry.id: item.value for item in likelihood.compared if item.datum.value is None}
    dataset = card.dataset.with_values(values) if values else card.dataset
    beyond = likelihoods_beyond(card)
    kept = tuple(name for name in dataset.likelihoods if name not in beyond)
    return dataclasses.replace(
        card,
        model_name="sm",
        model_options={},
        parameters=(),
        cuts={},
        dataset=dataset if kept == dataset.likelihoods else dataclasses.replace(dataset, likelihoods=kept),
        path=None,
        own_model=None,
        derived={},
        own_likelihoods={name: code for name, code in card.own_likelihoods.items() if name not in beyond},
    )


def likelihoods_beyond(card: Card) -> dict[str, str]:
    """Custom likelihoods that ask for a quantity which the Standard Model lacks, with the name of this quantity.

    Such a term prefers some values of the model's own parameters. It is no measurement that the Standard Model could
    be compared with.
    """
    found = {}
    for term in card.likelihood.custom:
        columns = Columns({}, 1, card.dataset.options)
        try:
            term(columns, 1)
        except DataError:
            if not columns.unknown:
                raise
        if columns.unknown:
            found[term.name] = columns.unknown[0]
    return found
