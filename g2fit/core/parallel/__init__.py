"""Where work is done: threads, processes, dask clusters, MPI."""
