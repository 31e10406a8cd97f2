"""The equations, figures and tables of 1906.08768 and 2106.01373, computed and shown beside the printed values."""
