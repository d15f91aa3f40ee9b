"""The paper's tables 5 and 6 and figures 10 and 11: the same requests 200 times each, on two clouds, none of which may fail.

In: moto for AWS, mimic for Rackspace; databases and files of Rackspace, for which there is no server, on a simulated provider.
Out: how often each was done and how long one took, in the middle, beside whatever else ran (`cargo xtask bench requests` measures it);
how many were really under way at once.
"""

import json
import pathlib
import subprocess
import time

from commandline import Plan, Samos
from fault_proxy import FaultProxy
from faults import Through
from servers import Clock

TIMES = 200
AT_ONCE = (5, 10, 20, 40)
# So often each, that more than 200 of a kind are made.
ROUNDS = [count for count in AT_ONCE for _ in range(max(2, 80 // count // 2))]
SLOW_S = 0.3

# There is no server for these: their specifications are played.
WORLD = pathlib.Path(__file__).with_name("rackspace_simulated.ttl")
SIMULATED = [
    ("Rackspace (simulated): list database instances", [("rackspace:ListDatabases", "urn:t:databases")]),
    ("Rackspace (simulated): list files", [("rackspace:ListFiles", "urn:t:reports")]),
]


def aws_rows(moto, account):
    ec2 = moto.client("ec2")
    image = next(one for one in ec2.describe_images()["Images"] if one.get("Platform") != "windows")["ImageId"]
    ec2.create_key_pair(KeyName="admin-key")
    moto.client("s3").create_bucket(Bucket="files")
    moto.client("s3").put_object(Bucket="files", Key="report.txt", Body=b"all is well")
    machine = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, InstanceType="m3.large")["Instances"][0]["InstanceId"]
    ec2_service, balancing = account + "EC2Service", account + "ELBService"
    new = ["count=1", "type=m3.large", f"image={image}", "keyPair=admin-key", "region=us-east-1"]
    yield "AWS: list VM instances", [("ec2:DescribeInstances", ec2_service)]
    yield "AWS: list database instances", [("rds:DescribeDBInstances", account + "RDSService")]
    yield "AWS: list files", [("s3:ListObjects", "files")]
    yield "AWS: list load balancers", [("elb:DescribeLoadBalancers", balancing)]
    yield "AWS: create and terminate VM instance", [
        ("ec2:CreateInstances", ec2_service, new, "vm"),
        ("ec2:TerminateInstance", "{vm}"),
    ]
    yield "AWS: create and update load balancer", [
        ("elb:CreateLoadBalancer", balancing, ["name=web", "zones=us-east-1a", "protocol=HTTP"], "lb"),
        ("elb:RegisterInstances", "{lb}", [f"instances={machine}"]),
        ("elb:DeleteLoadBalancer", "{lb}"),
    ]


def rackspace_rows(mimic, account):
    rackspace = mimic.client()
    image = rackspace("cloudServersOpenStack", "/images/detail")["images"][0]["id"]
    flavor = next(one for one in rackspace("cloudServersOpenStack", "/flavors/detail")["flavors"] if one["ram"] == 4096)["id"]
    servers, balancing = account + "CloudServersService", account + "LoadBalancersService"
    yield "Rackspace: list VM instances", [("rackspace:ListServers", servers)]
    yield "Rackspace: list load balancers", [("rackspace:ListLoadBalancers", balancing)]
    yield "Rackspace: create and terminate VM instance", [
        ("rackspace:CreateServer", servers, ["name=test", f"image={image}", f"flavor={flavor}"], "vm"),
        ("rackspace:DeleteServer", "{vm}"),
    ]
    yield "Rackspace: create and update load balancer", [
        ("rackspace:CreateLoadBalancer", balancing, ["name=web", "protocol=HTTP"], "lb"),
        ("rackspace:AddNode", "{lb}", ["address=203.0.113.9"]),
        ("rackspace:DeleteLoadBalancer", "{lb}"),
    ]


def check(program, repeated, data, moto, mimic):
    samos = Samos(program, data / "real")
    samos.add_aws("shop", moto)
    samos.add_rackspace("rack", mimic)
    base = "https://w3id.org/samos/account/"
    rows = [*aws_rows(moto, base + "shop/"), *rackspace_rows(mimic, base + "rack/")]
    samos.refresh("shop")
    samos.refresh("rack")
    # mimic does not say how many load balancers the account may have; Rackspace does.
    samos.run("update", f"INSERT DATA {{ <{base}rack/LoadBalancersService> rackspace:loadBalancerAllowance 25 }}")
    found_all = repeat(repeated, samos.data, rows)
    found_all += repeat(repeated, data / "simulated", SIMULATED, str(WORLD))
    said = [""]
    for found in found_all:
        said.append(f"{found['name']:<46} {found['done']} of {found['times']}  {middle(found)}")
        assert found["done"] == found["times"], found
    return "\n".join(said)


def repeat(repeated, data, rows, *worlds):
    lines = "".join(
        json.dumps({"name": name, "requests": [wanted(*request) for request in requests]}) + "\n" for name, requests in rows
    )
    ended = subprocess.run(
        [repeated, str(data), str(TIMES), *worlds], input=lines, capture_output=True, text=True, timeout=3000
    )
    assert ended.returncode == 0, ended.stderr
    return [json.loads(line) for line in ended.stdout.splitlines()]


def wanted(operation, subject, arguments=(), name=None):
    return {"operation": operation, "subject": subject, "arguments": list(arguments), "as": name}


def middle(found):
    return " + ".join(f"{ms:.0f} ms" for ms in found["ms"])


def many_at_once(program, data, moto, mimic):
    """Figures 10 and 11: plans of 5 to 40 requests that run at once, for reading and for changing, 200 of each kind and more. Each
    passes a proxy that takes its time, so that those sent at once can be counted."""
    samos = Samos(program, data / "many")
    with FaultProxy(moto.address, "aws") as aws, FaultProxy(mimic.address, "rackspace") as rackspace:
        samos.add_aws("shop", Through(moto, aws))
        samos.add_rackspace("rack", Through(mimic, rackspace))
        ec2, most = moto.client("ec2"), max(AT_ONCE)
        image = ec2.describe_images()["Images"][0]["ImageId"]
        made = ec2.run_instances(ImageId=image, MinCount=most, MaxCount=most, InstanceType="m3.large")
        instances = [one["InstanceId"] for one in made["Instances"]]
        ask = mimic.client()
        wanted = {
            "imageRef": ask("cloudServersOpenStack", "/images/detail")["images"][0]["id"],
            "flavorRef": ask("cloudServersOpenStack", "/flavors/detail")["flavors"][0]["id"],
        }
        servers = [
            ask("cloudServersOpenStack", "/servers", {"server": {"name": f"many-{n}", **wanted}})["server"]["id"] for n in range(most)
        ]
        for account in ("shop", "rack"):
            samos.refresh(account)
        with Clock(mimic):
            kinds = [
                (aws, instances, "GetInstanceState"), (aws, instances, "RebootInstance"),
                (rackspace, servers, "GetServerState"), (rackspace, servers, "RebootServer"),
            ]
            said = [""]
            for proxy, things, operation in kinds:
                done = sum(at_once(samos, proxy, things[:count], operation, said) for count in ROUNDS)
                assert done >= TIMES, (operation, done)
    return "\n".join(said)


def at_once(samos, proxy, things, operation, said):
    """One plan about all of them; how many were done."""
    answer = samos.json("together", *[word for one in things for word in ("--on", one)])
    content = next(one for one in answer["plans"] if one["group"]["operations"][0].endswith("#" + operation))
    file = samos.plan_file()
    samos.write(file, content)
    proxy.begin(operation)
    proxy.slow_s, start = SLOW_S, time.monotonic()
    receipt = samos.apply(Plan(file), "--at-once", str(len(things)))
    proxy.slow_s, took = 0.0, time.monotonic() - start
    done = sum(step["state"] == "done" for step in receipt["steps"])
    assert done == len(things), receipt
    assert proxy.most_at_once == len(things), f"only {proxy.most_at_once} of {len(things)} were under way at once"
    slowest = max(step["took_ms"] for step in receipt["steps"])
    said.append(f"{operation:<18} {done:>2} at once, all done in {took:.1f} s, the slowest in {slowest / 1000:.1f} s")
    return done
