"""``python -m g2fit.cli``: the command line without its script."""

from g2fit.cli.main import main

main()
