import numpy as np

from g2fit.models.sm import StandardModel


def test_standard_model_has_nothing_to_fit():
    model = StandardModel()
    assert model.parameters == ()
    assert model.observables == ()


def test_every_point_is_valid():
    prediction = StandardModel().predict(np.empty((3, 0)))
    assert list(prediction) == ["reason"]
    assert prediction["reason"].tolist() == [0, 0, 0]
