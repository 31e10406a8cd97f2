"""Measurements, dated data sets (vintages), and the choice of the data of a fit."""

from g2fit.data.composition import resolve
from g2fit.data.dataset import Dataset, Datum, Grid, Group, Limit
from g2fit.data.electroweak import BLOCKS, VARIANTS
from g2fit.data.extra import inline
from g2fit.data.loader import load
from g2fit.data.measurement import Measurement
from g2fit.data.section import DataSection, Simulated
from g2fit.data.tables import listing

__all__ = [
    "BLOCKS",
    "VARIANTS",
    "DataSection",
    "Dataset",
    "Datum",
    "Grid",
    "Group",
    "Limit",
    "Measurement",
    "Simulated",
    "inline",
    "listing",
    "load",
    "resolve",
]
