"""samos on servers that others wrote: moto for AWS, mimic for Rackspace, libvirt, HAProxy, OpenStack. All run on loopback and end with this.

In: the samos binary; where mimic is installed. Out: one line for each check; ends with 1 when one does not hold.
"""

import argparse
import concurrent.futures
import pathlib
import sys
import tempfile
import time
import traceback

import conforming
import faults
import figure_nine
import live_balancer
import openstack_states
import own_cloud
import planted
import sequences
import table_four
import three_clouds
import two_hundred
from openstack_cloud import OpenStack
from servers import Gate, Haproxy, Issuer, Libvirt, Mimic, Missing, Moto


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samos", required=True, help="the binary")
    parser.add_argument("--mimic", help="the folder in which mimic is installed")
    parser.add_argument("--python2", help="the Python 2.7 under which mimic runs")
    parser.add_argument("--openstack", help="the Python environment in which OpenStack is installed")
    parser.add_argument("--repeated", help="the program that makes the same requests again and again")
    parser.add_argument("--long", action="store_true", help="many more seeds, and 200 times where it says so")
    parser.add_argument("--write", action="store_true", help="write the table of `conform` instead of comparing with it")
    parser.add_argument("--first-seed", type=int, default=1, help="where the seeds of faults begin")
    parser.add_argument("names", nargs="*", help="only these checks")
    arguments = parser.parse_args()
    failed, missing = [], []
    wanted = arguments.names or [one for one in CHECKS if one not in APART]
    with tempfile.TemporaryDirectory(prefix="samos-endpoints-") as folder:

        def tried(name):
            place = pathlib.Path(folder) / name
            place.mkdir()
            start = time.monotonic()
            try:
                said = CHECKS[name](Place(arguments, place))
                result = "passed" if said is None else f"passed: {said}"
            except Missing as what:
                missing.append(f"{name} ({what})")
                result = f"missing: {what}"
            except Exception:
                failed.append(name)
                result = "FAILED\n" + traceback.format_exc()
            print(f"{name:<44} {time.monotonic() - start:6.1f} s  {result}", flush=True)

        # They wait more than they work; what counts on being quick has the machine to itself.
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(tried, [name for name in CHECKS if name in wanted and name not in MEASURED]))
        for name in MEASURED:
            if name in wanted:
                tried(name)
    if failed:
        sys.exit(f"{len(failed)} failed: {', '.join(failed)}")
    if missing:
        print("missing: " + "; ".join(missing))


class Place:
    """Where one check finds its servers and keeps what it makes."""

    def __init__(self, arguments, folder):
        self.arguments, self.folder = arguments, folder
        self.samos = str(pathlib.Path(arguments.samos).resolve())
        self.data = folder / "data"

    def moto(self):
        return Moto(self.folder)

    def mimic(self):
        if not self.arguments.mimic:
            raise Missing("Python 2.7 for mimic: `pyenv install 2.7.18`, or name one in MIMIC_PYTHON")
        return Mimic(self.folder, self.arguments.python2, self.arguments.mimic)

    def libvirt(self):
        return Libvirt(self.folder)

    def haproxy(self):
        return Haproxy(self.folder)

    def openstack(self):
        if not self.arguments.openstack:
            raise Missing("OpenStack: `cargo xtask test --long OpenStack` installs it, and names it by --openstack")
        return OpenStack(self.folder, self.arguments.openstack)

    def seeds(self, short, long):
        first = self.arguments.first_seed
        return range(first, first + (long if self.arguments.long else short))


def figure_9(at):
    with at.moto() as aws, at.mimic() as rackspace:
        figure_nine.check(at.samos, at.data, aws, rackspace)


def through_haproxy(at):
    with at.moto() as aws, at.haproxy() as haproxy:
        live_balancer.check(at.samos, at.data, aws, haproxy)


def table_4(at):
    with at.moto() as aws:
        return table_four.check(at.samos, at.data, aws)


def bad_network(at):
    with at.moto() as aws, at.mimic() as rackspace:
        return faults.bad_network(at.samos, at.data, aws, rackspace, at.seeds(8, 500))


def bad_table_4(at):
    with at.moto() as aws:
        return faults.bad_table_four(at.samos, at.data, aws, at.seeds(1, 25))


def killed(at):
    with at.moto() as aws, at.mimic() as rackspace:
        return faults.killed(at.samos, at.data, aws, rackspace, at.seeds(6, 200))


def conform(at):
    with at.moto() as aws, at.mimic() as rackspace, at.libvirt() as libvirt, at.haproxy() as haproxy:
        return conforming.check(at.samos, at.data, aws, rackspace, libvirt, haproxy, at.arguments.write)


def openstack(at):
    with at.openstack() as cloud:
        said = openstack_states.check(at.samos, at.data, cloud)
        return f"{said}; {conforming.check_openstack(at.samos, at.data / 'conform', cloud, at.arguments.write)}"


def together(at):
    with at.moto() as aws, at.mimic() as rackspace, at.libvirt() as libvirt:
        three_clouds.check(at.samos, at.data, aws, rackspace, libvirt)


def sequence(at):
    with at.moto() as aws, at.libvirt() as libvirt:
        sequences.check(at.samos, at.data, aws, libvirt)


def secrets(at):
    with at.moto() as aws, at.mimic() as rackspace:
        return planted.check(at.samos, at.data, aws, rackspace)


def own(at):
    with at.moto() as moto, Issuer(at.folder) as issuer, Gate(at.folder, moto.address, issuer) as gate:
        return own_cloud.check(at.samos, at.data, moto, gate, issuer)


def tables_5_and_6(at):
    with at.moto() as aws, at.mimic() as rackspace:
        return two_hundred.check(at.samos, at.arguments.repeated, at.data, aws, rackspace)


def figures_10_and_11(at):
    with at.moto() as aws, at.mimic() as rackspace:
        return two_hundred.many_at_once(at.samos, at.data, aws, rackspace)


CHECKS = {
    # The longest first.
    "tables-5-and-6": tables_5_and_6,
    "bad-table-4": bad_table_4,
    "conform": conform,
    "bad-network": bad_network,
    "killed": killed,
    "table-4": table_4,
    "figure-9": figure_9,
    "figure-9-haproxy": through_haproxy,
    "together": together,
    "sequence": sequence,
    "secrets": secrets,
    "own-cloud": own,
    "figures-10-and-11": figures_10_and_11,
    "openstack": openstack,
}
# Asked for by name alone: it needs much memory, and a quarter of an hour.
APART = ["openstack"]
MEASURED = ["figures-10-and-11"]
AT_ONCE = 3


if __name__ == "__main__":
    main()
