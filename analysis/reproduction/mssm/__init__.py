"""1906.08768 by Endo and Yin."""
