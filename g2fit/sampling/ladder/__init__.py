"""Tempered importance sampling: from the prior to the posterior on a ladder of temperatures, every draw used."""
