"""``python -m tests.third_party [NAME…]``: run the GPU tests of other projects on the simulator.

The projects, their tests and what these need come from the package index; `uv` makes an environment
for each project.
"""

from __future__ import annotations

import argparse
import sys

from tests.cupy_suite.results import table
from tests.third_party.environment import environment, folder
from tests.third_party.projects import PROJECTS
from tests.third_party.run import complaints, run


def main() -> int:
    """Run the tests; return 1 if a result is not the expected one."""
    parser = argparse.ArgumentParser(prog="python -m tests.third_party", description=__doc__)
    parser.add_argument("name", nargs="*", help=f"default: all of {', '.join(PROJECTS)}")
    options = parser.parse_args()
    unknown = set(options.name) - set(PROJECTS)
    if unknown:
        parser.error(f"no project is called {min(unknown)!r}; there are {', '.join(PROJECTS)}")
    found, wrong = [], False
    for name in options.name or PROJECTS:
        project = PROJECTS[name]
        results = run(project, environment(project), folder(project))
        found.append(results)
        print(f"{name} {project.release}: {dict(results.counts)}", flush=True)
        for line in complaints(project, results):
            wrong = True
            print(f"    {line}")
    print(f"\n{table(found)}")
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
