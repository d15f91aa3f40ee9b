"""samos on servers that others wrote: moto for AWS, mimic for Rackspace, HAProxy. All run on loopback and end with this.

In: the samos binary; where mimic is installed. Out: one line for each check; ends with 1 when one does not hold.
"""

import argparse
import pathlib
import sys
import tempfile
import time
import traceback

import conforming
import faults
import figure_nine
import live_balancer
import sequences
import table_four
import three_clouds
import two_hundred
from servers import Haproxy, Libvirt, Mimic, Missing, Moto


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samos", required=True, help="the binary")
    parser.add_argument("--mimic", help="the folder in which mimic is installed")
    parser.add_argument("--python2", help="the Python 2.7 under which mimic runs")
    parser.add_argument("--repeated", help="the program that makes the same requests again and again")
    parser.add_argument("--long", action="store_true", help="many more seeds, and 200 times where it says so")
    parser.add_argument("--write", action="store_true", help="write the table of `conform` instead of comparing with it")
    parser.add_argument("--first-seed", type=int, default=1, help="where the seeds of faults begin")
    parser.add_argument("names", nargs="*", help="only these checks")
    arguments = parser.parse_args()
    failed, missing = [], []
    with tempfile.TemporaryDirectory(prefix="samos-endpoints-") as folder:
        found = checks(arguments, pathlib.Path(folder))
        for name, run in found.items():
            # The table of `conform` is asked for by name until it is kept: `--write conform` makes it.
            wanted = arguments.names or [one for one in found if one != "conform" or conforming.TABLE.exists()]
            if name not in wanted:
                continue
            start = time.monotonic()
            try:
                said = run()
                result = "passed" if said is None else f"passed: {said}"
            except Missing as what:
                missing.append(f"{name} ({what})")
                result = f"missing: {what}"
            except Exception:
                failed.append(name)
                result = "FAILED\n" + traceback.format_exc()
            print(f"{name:<44} {time.monotonic() - start:6.1f} s  {result}", flush=True)
    if failed:
        sys.exit(f"{len(failed)} failed: {', '.join(failed)}")
    if missing:
        print("missing: " + "; ".join(missing))


def checks(arguments, folder):
    samos = str(pathlib.Path(arguments.samos).resolve())

    def moto():
        return Moto(folder)

    def mimic():
        if not arguments.mimic:
            raise Missing("Python 2.7 for mimic: `pyenv install 2.7.18`, or name one in MIMIC_PYTHON")
        return Mimic(folder, arguments.python2, arguments.mimic)

    def figure_9():
        with moto() as aws, mimic() as rackspace:
            figure_nine.check(samos, folder / "figure-9", aws, rackspace)

    def through_haproxy():
        with moto() as aws, Haproxy(folder) as haproxy:
            live_balancer.check(samos, folder / "haproxy", aws, haproxy)

    def table_4():
        with moto() as aws:
            return table_four.check(samos, folder / "table-4", aws)

    def together():
        with moto() as aws, mimic() as rackspace, Libvirt(folder) as libvirt:
            three_clouds.check(samos, folder / "together", aws, rackspace, libvirt)

    def sequence():
        with moto() as aws, Libvirt(folder) as libvirt:
            sequences.check(samos, folder / "sequence", aws, libvirt)

    def tables_5_and_6():
        with moto() as aws, mimic() as rackspace:
            return two_hundred.check(samos, arguments.repeated, folder / "tables", aws, rackspace)

    def figures_10_and_11():
        with moto() as aws:
            return two_hundred.many_at_once(samos, folder / "figures", aws)

    def seeds(short, long):
        return range(arguments.first_seed, arguments.first_seed + (long if arguments.long else short))

    def bad_network():
        with moto() as aws, mimic() as rackspace:
            return faults.bad_network(samos, folder / "bad-network", aws, rackspace, seeds(12, 500))

    def bad_table_4():
        with moto() as aws:
            return faults.bad_table_four(samos, folder / "bad-table-4", aws, seeds(1, 25))

    def killed():
        with moto() as aws, mimic() as rackspace:
            return faults.killed(samos, folder / "killed", aws, rackspace, seeds(6, 200))

    def conform():
        with moto() as aws, mimic() as rackspace, Libvirt(folder) as libvirt, Haproxy(folder) as haproxy:
            return conforming.check(samos, folder / "conform", aws, rackspace, libvirt, haproxy, arguments.write)

    return {
        "figure-9": figure_9,
        "figure-9-haproxy": through_haproxy,
        "table-4": table_4,
        "bad-network": bad_network,
        "bad-table-4": bad_table_4,
        "killed": killed,
        "conform": conform,
        "together": together,
        "sequence": sequence,
        "tables-5-and-6": tables_5_and_6,
        "figures-10-and-11": figures_10_and_11,
    }


if __name__ == "__main__":
    main()
