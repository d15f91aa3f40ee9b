"""Figure 9 with HAProxy as the balancer: at the end a request through it reaches the server of the machine.

In: moto for EC2, HAProxy with an empty backend. The machine's own address is a loopback one, held as an elastic address, so
that a web server really answers there. Out: nothing, or what is otherwise.
"""

import urllib.error
import urllib.request

from commandline import Samos
from figure_nine import machine
from servers import Web

# Loopback as well, but nobody else's.
ADDRESS = "127.77.0.5"
GREETING = "web-1 greets"


def check(program, data, moto, haproxy):
    ec2 = moto.client("ec2")
    instance = machine(moto, "web-1")
    allocation = ec2.allocate_address(Domain="vpc", Address=ADDRESS)["AllocationId"]
    samos = Samos(program, data)
    samos.add_aws("shop", moto)
    samos.add_haproxy("edge", haproxy)
    samos.refresh("shop")
    samos.refresh("edge")
    # Aspects are read when they are needed.
    samos.refresh(allocation)
    samos.refresh(haproxy.backend)

    with Web(ADDRESS, GREETING) as web:
        assert through(haproxy) is None, "something answers before there is a server"
        thing = {key: f"<{known_by(samos, key)}>" for key in (instance, allocation, haproxy.backend)}
        address = samos.ask(f'SELECT ?one WHERE {{ ?one samos:ipAddress ?text FILTER(STR(?text) = "{ADDRESS}") }}')[0][0]
        servers = f"{thing[haproxy.backend]}.servers"
        plan = samos.plan(
            "plan", "--goal",
            f"{thing[instance]}.state is samos:Running and {thing[allocation]}.associatedInstance == {thing[instance]} "
            f"and {servers}.address contains <{address}> and {servers}.port == {web.port}",
        )
        assert sorted(plan.operations) == ["AddServer", "AssociateAddress", "StartInstance"], plan.operations
        receipt = samos.apply(plan)
    
        assert through(haproxy) == GREETING
        found = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
        assert (found["State"]["Name"], found["PublicIpAddress"]) == ("running", ADDRESS), found

        samos.run("undo", receipt["run"])
        assert through(haproxy) is None, "the server still answers after it was taken back"
        found = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
        assert found["State"]["Name"] == "stopped", found


def through(haproxy):
    """What a request to the balancer is answered; `None` where it has nobody to pass it on to."""
    try:
        return urllib.request.urlopen(haproxy.address, timeout=5).read().decode()
    except urllib.error.HTTPError as error:
        assert error.code == 503, error
        return None


def known_by(samos, key):
    found = samos.ask(f'SELECT ?one WHERE {{ ?one samos:id ?key FILTER(STR(?key) = "{key}") }}')
    assert len(found) == 1, (key, found)
    return found[0][0]
