#!/usr/bin/env python3
"""Runs the benchmarks: `bench.py [proxy] [edge] [instructions] [handshakes] [supervision] [loglines] [commandline] [operations] [dashboard] [control] [--quick]`, all of them by default.

One line a figure: `bench <name> <value> <unit> target <t> <met|missed>`; lines with # are context. A missed target is
a figure, not a failure: the exit status is 0 unless a benchmark could not be run.
"""
import argparse
import os
import platform
import subprocess

import commandline
import control
import dashboard
import edge
import handshakes
import instructions
import loglines
import operations
import proxy
import supervision
from measure import note

BENCHMARKS = {"proxy": proxy.run, "edge": edge.run, "instructions": instructions.run, "handshakes": handshakes.run,
              "supervision": supervision.run, "loglines": loglines.run,
              "commandline": commandline.run, "dashboard": dashboard.run, "operations": operations.run, "control": control.run}


def versions():
    for words in (["nginx", "-v"], ["haproxy", "-v"], ["wrk", "-v"]):
        result = subprocess.run(words, capture_output=True, text=True)
        note((result.stdout + result.stderr).splitlines()[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--quick", action="store_true", help="fewer rounds: for trying the benchmark itself")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    # An exported NGINX means inherited sockets to nginx.
    os.environ.pop("NGINX", None)
    note(f"{os.cpu_count()} cores, kernel {platform.release()}")
    versions()
    for name in arguments.names or BENCHMARKS:
        if arguments.quick:
            BENCHMARKS[name](1)
        else:
            BENCHMARKS[name]()


if __name__ == "__main__":
    main()
