"""Foundation of all other packages, without physics: errors, files, locks, compilation, parallel execution."""
