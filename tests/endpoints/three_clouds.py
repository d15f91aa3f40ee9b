"""CCSR for real: the same done to machines of three clouds at once, by one plan.

In: moto for EC2, mimic for Rackspace, libvirt's daemon for a hypervisor. Out: nothing, or what the endpoints say otherwise. mimic
cannot stop a server, and what is undefined in libvirt means something else than what is terminated, so what is done in all three
together is to reboot, and in two of them to stop, or to delete. mimic's clock stands still and is moved on while a run waits.
"""

import urllib.error

from commandline import Plan, Samos
from fault_proxy import FaultProxy
from faults import Through
from servers import Clock


def machines(moto, mimic, libvirt):
    """Two test machines of each cloud; their names in each cloud."""
    ec2 = moto.client("ec2")
    image = ec2.describe_images()["Images"][0]["ImageId"]
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Purpose", "Value": "test"}]}]
    made = ec2.run_instances(ImageId=image, MinCount=2, MaxCount=2, InstanceType="m3.large", TagSpecifications=tags)
    rackspace = mimic.client()
    wanted = {
        "imageRef": rackspace("cloudServersOpenStack", "/images/detail")["images"][0]["id"],
        "flavorRef": rackspace("cloudServersOpenStack", "/flavors/detail")["flavors"][0]["id"],
    }
    servers = [
        rackspace("cloudServersOpenStack", "/servers", {"server": {"name": name, **wanted}})["server"]["id"]
        for name in ("test-3", "test-4")
    ]
    domains = ["test-5", "test-6"]
    for name in domains:
        libvirt.start(name)
    return [one["InstanceId"] for one in made["Instances"]], servers, domains


def check(program, data, moto, mimic, libvirt):
    instances, servers, domains = machines(moto, mimic, libvirt)
    samos = Samos(program, data)
    # What was sent is counted before each cloud: a machine that was rebooted is as it was before.
    with FaultProxy(moto.address, "aws") as aws, FaultProxy(mimic.address, "rackspace") as rackspace:
        samos.add_aws("shop", Through(moto, aws))
        samos.add_rackspace("rack", Through(mimic, rackspace))
        samos.add_libvirt("host", libvirt)
        for account in ("shop", "rack", "host"):
            samos.refresh(account)
        groups = together(samos, *instances, *servers, *domains)
        # What the three all offer, by their operations.
        reboot = ("RebootDomain", "RebootInstance", "RebootServer")
        for wanted in (reboot, ("ShutdownDomain", "StopInstance", "StopServer")):
            assert wanted in groups, sorted(groups)
        with Clock(mimic):
            receipt = samos.apply(groups[reboot])
        assert len(receipt["steps"]) == 6, receipt
        assert aws.count("RebootInstances") == 2, aws.told()
        assert [rackspace.count(f"/servers/{one}/action") for one in servers] == [1, 1], rackspace.told()
        assert [libvirt.asked("virDomainReboot", one) for one in domains] == [1, 1]
        assert states(moto, mimic, instances, servers) == ["running"] * 2 + ["ACTIVE"] * 2
        assert [libvirt.state(one) for one in domains] == ["running"] * 2
        in_two(samos, moto, mimic, libvirt, instances, servers, domains)


def in_two(samos, moto, mimic, libvirt, instances, servers, domains):
    groups = together(samos, *instances, *domains)
    receipt = samos.apply(groups["ShutdownDomain", "StopInstance"])
    assert len(receipt["steps"]) == 4, receipt
    assert states(moto, mimic, instances, servers) == ["stopped"] * 2 + ["ACTIVE"] * 2
    assert [libvirt.state(one) for one in domains] == ["shut off"] * 2

    groups = together(samos, *instances, *servers)
    with Clock(mimic):
        receipt = samos.apply(groups["DeleteServer", "TerminateInstance"])
    assert len(receipt["steps"]) == 4, receipt
    assert states(moto, mimic, instances, servers) == ["terminated"] * 2 + ["gone"] * 2


def together(samos, *subjects):
    """The groups that span clouds, by the operations in them."""
    answer = samos.json("together", *[word for subject in subjects for word in ("--on", subject)])
    found = {}
    for content in answer["plans"]:
        names = tuple(sorted(operation.rpartition("#")[2] for operation in content["group"]["operations"]))
        if len(names) > 1:
            file = samos.plan_file()
            samos.write(file, content)
            found[names] = Plan(file)
    return found


def states(moto, mimic, instances, servers):
    found = moto.client("ec2").describe_instances(InstanceIds=instances)["Reservations"]
    known = {one["InstanceId"]: one["State"]["Name"] for group in found for one in group["Instances"]}
    rackspace = mimic.client()

    def state(server):
        try:
            return rackspace("cloudServersOpenStack", f"/servers/{server}")["server"]["status"]
        except urllib.error.HTTPError as error:
            assert error.code == 404, error
            return "gone"

    return [known[one] for one in instances] + [state(server) for server in servers]
