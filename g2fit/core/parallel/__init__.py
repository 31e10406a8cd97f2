"""Parallel execution: threads, processes, dask clusters, MPI."""
