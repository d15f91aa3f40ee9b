"""Figure 9 for real: a stopped machine of one cloud goes to work behind the load balancer of another.

In: moto for EC2, mimic for Rackspace's load balancer. Out: nothing, or what the endpoints say otherwise.
"""

from commandline import Samos, STALE


def machine(moto, name):
    """A stopped instance; its identifier."""
    ec2 = moto.client("ec2")
    image = ec2.describe_images()["Images"][0]["ImageId"]
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}]
    made = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, InstanceType="m3.large", TagSpecifications=tags)
    identifier = made["Instances"][0]["InstanceId"]
    ec2.stop_instances(InstanceIds=[identifier])
    return identifier


def balancer(mimic, name):
    """An active load balancer without nodes; its identifier."""
    wanted = {"name": name, "protocol": "HTTP", "port": 80, "virtualIps": [{"type": "PUBLIC"}]}
    return mimic.client()("cloudLoadBalancers", "/loadbalancers", {"loadBalancer": wanted})["loadBalancer"]["id"]


def check(program, data, moto, mimic):
    instance, load_balancer = machine(moto, "web-1"), balancer(mimic, "lb-1")
    samos = Samos(program, data)
    samos.add_aws("shop", moto)
    samos.add_rackspace("rack", mimic)
    verified = samos.run("accounts", "verify")
    assert "shop is good" in verified and "rack is good" in verified, verified
    assert samos.refresh("shop") > 0 and samos.refresh("rack") > 0

    plan = samos.plan("connect", "web-1", "lb-1")
    assert plan.operations == ["StartInstance", "GetPublicAddress", "AddNode"], plan.operations
    assert not plan.content["assumptions"], plan.content["assumptions"]
    receipt = samos.apply(plan)

    # The endpoints themselves, asked by other clients.
    found = moto.client("ec2").describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    assert found["State"]["Name"] == "running", found
    nodes = mimic.client()("cloudLoadBalancers", f"/loadbalancers/{load_balancer}/nodes")["nodes"]
    assert [(node["address"], node["port"], node["condition"]) for node in nodes] == [
        (found["PublicIpAddress"], 80, "ENABLED")
    ], nodes

    # What was done is known without asking again, and is not done twice.
    samos.run("apply", str(plan.file), "--approve", "2", expect=STALE)
    known = samos.ask(
        'SELECT ?state ?address WHERE { ?one samos:name "web-1" ; ec2:state ?state ; ec2:publicAddress/samos:ipAddress ?address . '
        "?lb rackspace:nodes/rackspace:address/samos:ipAddress ?address }"
    )
    assert known == [["https://w3id.org/samos/aws/ec2#running", found["PublicIpAddress"]]], known
    deeds = [line for line in samos.run("accounts", "audit").splitlines() if line.strip()]
    assert deeds, "nothing was noted"

    # And taken back, by real inverse operations.
    samos.run("undo", receipt["run"])
    found = moto.client("ec2").describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    assert found["State"]["Name"] == "stopped", found
    nodes = mimic.client()("cloudLoadBalancers", f"/loadbalancers/{load_balancer}/nodes")["nodes"]
    assert nodes == [], nodes
