"""
Break zarr at random places, one at a time, and count how often the checks notice.

``uv run python -m tests.mutation --seed 7 --sample 160 --jobs 2``

A mutant is a small change to one line of the installed zarr that at least one check runs: a
comparison negated, a condition forced, a statement deleted, a keyword dropped, and so on. The
package on disk is left alone: each mutant is put in place in the memory of a fresh process.

1. **Baseline.** All checks run on zarr as it is, twice, and the lines that each one runs are
   recorded. This takes minutes, and is kept in ``.mutation/`` for these versions of zarr and of the
   checks. Checks that fail, or whose two results differ, notice nothing below.
2. **Sample.** Lines are drawn at random, and a change to each. The seed decides.
3. **Screen.** A mutant with which zarr cannot be imported, or with which a plain and a sharded
   array cannot be written and read, is *trivial*, and does not count.
4. **Checks.** Those that run the line run one after the other, until one fails: *noticed*. One that
   does not end is a *timeout*, and counts as noticed. If none fails, the mutant is *missed*.

The rows are JSON lines (``--rows FILE``), one for each mutant. ``--resume`` runs only what a file
lacks; ``--again FILE`` runs those that a file has as missed, after checks were added. Every mutant
that is missed is shown as a diff. Some change nothing that anybody can observe: put the id of such
a one in ``tests/mutation/equivalent.toml``, with the reason, and it is drawn no more.
"""

from __future__ import annotations

import argparse
import json
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from tests.mutation.baseline import Baseline, take_baseline
from tests.mutation.equivalent import EQUIVALENT, load_equivalent
from tests.mutation.mutant import Mutant
from tests.mutation.plan import all_mutants, draw, kind_of, steps_for
from tests.mutation.report import diffs, summary
from tests.mutation.server import Server
from tests.mutation.targets import find_files

if TYPE_CHECKING:
    from tests.mutation.server import Answer

__all__ = ["main", "run_mutant"]


def run_mutant(mutant: Mutant, baseline: Baseline, warm: Server, bare: Server) -> dict[str, Any]:
    """
    Run the checks that can notice a mutant.

    Returns
    -------
    dict
        The mutant, ``kind``, ``status``, ``by`` (the check that noticed it, or what failed),
        ``seconds``, ``checks`` (how many run its line) and ``failing`` (how many more do that fail
        without it).
    """
    steps = steps_for(mutant, baseline)
    task = {"package": str(baseline.package), "mutant": mutant.to_dict(), "steps": steps}
    on_import = baseline.runs_on_import(mutant)
    answer = (bare if on_import else warm).run("mutant", task)
    if answer.results == ["not replaced"]:
        answer = bare.run("mutant", task)
    rows = baseline.rows_that_run(mutant)
    return {
        **mutant.to_dict(),
        "kind": kind_of(mutant),
        "status": _status(answer),
        "by": answer.doing if answer.results != ["missed"] else "",
        "seconds": round(answer.seconds, 2),
        "checks": len(steps),
        "failing": sum(row["status"] == "failed" for row in rows),
    }


def _status(answer: Answer) -> str:
    if answer.results:
        return str(answer.results[0])
    if answer.end == "finished" or answer.doing in ("", "set up"):
        return "error"
    if answer.doing == "screen":
        return "trivial"
    # A process that dies in a check has been noticed.
    return "timeout" if answer.end == "timeout" else "noticed"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutation",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seed", type=int, default=7, help="decides which mutants are drawn (7)")
    parser.add_argument("--sample", type=int, default=160, help="how many mutants (160)")
    parser.add_argument("--jobs", type=int, default=1, help="how many at a time (1)")
    parser.add_argument("--only", default="*", help="modules, relative to zarr: 'core/*.py'")
    parser.add_argument("--kind", choices=["array", "codec", "store", "prototype"])
    parser.add_argument(
        "--alone", action="store_true", help="run the checks of --kind alone: quicker, notices less"
    )
    parser.add_argument("--rows", type=Path, help="write the rows here, as JSON lines")
    parser.add_argument("--resume", type=Path, help="keep the rows of this file, and add to it")
    parser.add_argument("--again", type=Path, help="run those that are missed in this file")
    parser.add_argument("--equivalent", type=Path, default=EQUIVALENT, help="mutants to leave out")
    parser.add_argument("--list", action="store_true", help="only show what would be run")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    options = _parser().parse_args(arguments)
    if options.alone and options.kind is None:
        raise SystemExit("--alone needs --kind")
    equivalent = load_equivalent(options.equivalent)
    spec = find_spec("zarr")
    if spec is None or spec.origin is None:
        raise SystemExit("zarr is not installed")
    package = Path(spec.origin).parent
    servers = [(Server(warm=True), Server(warm=False)) for _ in range(options.jobs)]
    try:
        baseline = take_baseline(package, *servers[0], kind=options.kind if options.alone else None)
        _show_share(baseline)
        chosen = _chosen(options, baseline, set(equivalent))
        if options.list:
            for each in chosen:
                print(
                    each.id,
                    f"{each.file}:{each.line}",
                    each.operator,
                    len(steps_for(each, baseline)),
                )
            return 0
        rows = _run(chosen, baseline, servers, options.resume or options.rows, options.resume)
    finally:
        for pair in servers:
            for server in pair:
                server.close()
    rows = [row for row in rows if row["id"] not in equivalent]
    print(f"\n{diffs(rows, package)}\n\n{summary(rows)}")
    return 0


def _chosen(options: argparse.Namespace, baseline: Baseline, excluded: set[str]) -> list[Mutant]:
    if options.again is not None:
        rows = _read_rows(options.again)
        missed = [row for row in rows if row["status"] == "missed" and row["id"] not in excluded]
        return [Mutant.from_dict(row) for row in missed]
    mutants = all_mutants(baseline.package, options.kind, options.only)
    return list(islice(draw(mutants, baseline, options.seed, excluded), options.sample))


def _show_share(baseline: Baseline) -> None:
    counts = [baseline.share_of_lines(file) for file in find_files(baseline.package)]
    run, every = (sum(column) for column in zip(*counts, strict=True))
    print(f"the checks run {run} of {every} lines ({run / every:.0%}) of the functions")
    unstable = sum(row["status"] == "unstable" for row in baseline.rows)
    print(f"baseline: {len(baseline.rows)} checks, {unstable} of them with two results")


def _read_rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _run(
    chosen: list[Mutant],
    baseline: Baseline,
    servers: list[tuple[Server, Server]],
    output: Path | None,
    resume: Path | None,
) -> list[dict[str, Any]]:
    known = {row["id"]: row for row in _read_rows(resume)} if resume and resume.exists() else {}
    rows = [known[each.id] for each in chosen if each.id in known]
    free: SimpleQueue[tuple[Server, Server]] = SimpleQueue()
    for pair in servers:
        free.put(pair)

    def one(mutant: Mutant) -> dict[str, Any]:
        pair = free.get()
        try:
            return run_mutant(mutant, baseline, *pair)
        finally:
            free.put(pair)

    if output is not None and resume is None:
        output.write_text("", encoding="utf-8")
    with ThreadPoolExecutor(len(servers)) as executor:
        futures = [executor.submit(one, each) for each in chosen if each.id not in known]
        for future in as_completed(futures):
            row = future.result()
            rows.append(row)
            print(
                f"[{len(rows)}/{len(chosen)}] {row['status']:8} {row['seconds']:6.2f} s "
                f"{row['id']} {row['file']}:{row['line']} {row['operator']}  {row['by']}",
                flush=True,
            )
            if output is not None:
                with output.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(row) + "\n")
    return rows


if __name__ == "__main__":
    sys.exit(main())
