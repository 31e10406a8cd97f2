"""Run the checks that have no record of the present code, and write docs/validation.md: ``make validate``.

    python -m analysis.validation [--only NAME …] [--quick] [--page] [--list]

Every check is a command of its own, whose numbers are kept as a record with the commit, the machine, the date and the
seconds that it took. What has a record of the same command and the same code is not run again; ``--list`` says which.
``--quick`` runs smaller checks, and writes their records and page to ``analysis/output/validation`` instead.
``--page`` only writes the page. The exit code is 1 if a check did not pass.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from analysis.validation.checks import CHECKS, run
from analysis.validation.page import PAGE, RECORDS, load, page_of
from analysis.validation.records import ROOT, present_code
from g2fit.core.files import write_text
from g2fit.core.fingerprint import differing


def main() -> int:
    """Run, record, write; return 1 if a check did not pass, else 0."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(CHECKS), metavar="NAME", default=list(CHECKS))
    parser.add_argument("--quick", action="store_true", help="smaller checks, which are not shown in the documentation")
    parser.add_argument("--page", action="store_true", help="only write the page")
    parser.add_argument("--list", action="store_true", help="only say which checks have a record of the present code")
    options = parser.parse_args()
    folder, page = RECORDS, PAGE
    if options.quick:
        folder = ROOT / "analysis/output/validation"
        page = folder / "validation.md"
    if options.list:
        for name in options.only:
            print(f"{name:12s} {state(name, folder, options.quick)}")
        return 0
    failed = []
    for name in [] if options.page else options.only:
        print(f"\n=== {name} ===", flush=True)
        record = run(name, folder, options.quick)
        if record is None:
            print("has no quick form: left out")
        elif not record.passed:
            failed.append(name)
        write_text(page, page_of(load(folder)))
    write_text(page, page_of(load(folder)))
    print(page)
    if failed:
        print(f"not passed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def state(name: str, folder: Path, quick: bool) -> str:
    """Whether a check has a record, and of which code."""
    record = load(folder).get(name)
    if record is None:
        return "not run"
    if record.command != CHECKS[name].command(quick):
        return f"{record.date}: another command, {shlex.join(record.command)}"
    different = differing(record.code, present_code(CHECKS[name].depends))
    return f"{record.date}: " + (f"other code ({', '.join(different)})" if different else "of the present code")


if __name__ == "__main__":
    sys.exit(main())
