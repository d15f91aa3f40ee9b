"""SCSR for real: chains in one cloud in which one request makes the next possible, found, run, and then asked about.

In: moto for EC2, libvirt's daemon for a hypervisor. Out: nothing, or what the endpoints say otherwise.
"""

from commandline import Samos


def check(program, data, moto, libvirt):
    resized(Samos(program, data / "ec2"), moto)
    resized_and_taken_away(Samos(program, data / "libvirt"), libvirt)


def resized(samos, moto):
    """A running machine gets another type: it must be stopped for that, and started again."""
    ec2 = moto.client("ec2")
    image = next(one for one in ec2.describe_images()["Images"] if one.get("Platform") != "windows")["ImageId"]
    made = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, InstanceType="m3.medium")
    [machine] = [one["InstanceId"] for one in made["Instances"]]
    samos.add_aws("shop", moto)
    samos.refresh("shop")
    goal = f"{machine}.type == ec2:m3-large and {machine}.state is samos:Running"
    plan = samos.plan("chain", "--on", machine, "--set", "type=m3.large", "--goal", goal)
    assert plan.operations == ["StopInstance", "ModifyInstanceType", "StartInstance"], plan.operations
    samos.apply(plan)
    [found] = ec2.describe_instances(InstanceIds=[machine])["Reservations"][0]["Instances"]
    assert (found["InstanceType"], found["State"]["Name"]) == ("m3.large", "running"), found


def resized_and_taken_away(samos, libvirt):
    """A running domain gets more memory; later it is taken away, for which its snapshot must go first."""
    libvirt.start("small")
    samos.add_libvirt("host", libvirt)
    samos.refresh("host")
    [[domain]] = samos.ask('SELECT ?one WHERE { ?one libvirt:domainName ?name FILTER(STR(?name) = "small") }')
    goal = f"<{domain}>.memory == 131072 and <{domain}>.domainState is samos:Running"
    plan = samos.plan("chain", "--on", domain, "--set", "memory=131072", "--goal", goal)
    assert plan.operations == ["ShutdownDomain", "SetDomainMemory", "StartDomain"], plan.operations
    samos.apply(plan)
    assert libvirt.state("small") == "running"
    assert "131072 KiB" in libvirt.tell("dominfo", "small"), libvirt.tell("dominfo", "small")

    [[service]] = samos.ask("SELECT ?one WHERE { ?one a libvirt:HypervisorService }")
    [snapshot] = samos.do("libvirt:CreateSnapshot", domain, "name=before")["snapshot"]
    assert libvirt.tell("snapshot-list", "small", "--name").split() == ["before"]
    samos.do("libvirt:ShutdownDomain", domain)
    plan = samos.plan("chain", "--on", domain, "--on", snapshot, "--goal", f"not <{service}>.domains contains <{domain}>")
    assert plan.operations == ["DeleteSnapshot", "UndefineDomain"], plan.operations
    samos.apply(plan)
    assert libvirt.state("small") == "gone"
