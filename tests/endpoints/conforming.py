"""Every operation for which there is an endpoint here, held against its specification by `samos conform`, one after the other.

In: moto, mimic, libvirt, HAProxy; OpenStack apart, as it needs minutes. Out: a table in Markdown of what agrees, what disagrees and what nothing shows, with reasons; it is
kept as `mappings/CONFORMANCE.md`, and another table than that one is a failure. Trials build on each other: what one makes is
what others are about, and what is there is deleted at the end.
"""

import concurrent.futures
import difflib
import json
import pathlib
import re
import subprocess

from commandline import Samos, plain
from servers import Clock

TABLE = pathlib.Path(__file__).parent.parent.parent / "mappings" / "CONFORMANCE.md"
OPENSTACK = "OpenStack, at keystone 30, glance 33, neutron 29 and nova 34 with its trial hypervisor"
BASE = "https://w3id.org/samos/account/"
HEAD = """# Specifications against real servers

Each operation for which there is a server that somebody else wrote is really asked there by `samos conform`, and what happens is
compared with what `ontology/` says: was it accepted when its precondition held and refused when not, has each outcome its type,
did each effect come about. *Agrees* counts comparisons that came out as specified, *unseen* what nothing at the server shows.

This page is written by `tests/endpoints/check.py --write conform`, OpenStack's part by `--write openstack`. `cargo xtask test` asks
again (OpenStack in the long tier) and fails when the servers say something else than stands here, or when a disagreement has no
reason. The servers are stand-ins: where they fall short of the provider, the provider's documentation is what the specifications follow.
"""


# Why a server does otherwise than is specified, or shows nothing: of which requests, by what is said. None of these is the
# specification's fault; one that was would be mended.
REASONS = [
    (".*", r"it is a web page \(`40[45]|no such action", "the server does not have this part of the interface"),
    ("ec2:SetMonitoring|rackspace:(CreateServerKeyPair|ListUsers)", "500: ", "the server fails inside"),
    ("libvirt:(Suspend|Start)Domain, .*", "so nothing can be said: 1: internal error", "the trial hypervisor has no code for a wrong state, QEMU's has"),
    ("libvirt:UndefineDomain, while running", "deletes that thing it does not", "what runs stays until it is shut off, and is then gone"),
    ("rackspace:CreateServerImage", "someurl", "the server names a made-up address instead of the image"),
    (r"rackspace:(\w*ServerImage\w*|\w*User\w*)", "could not be made", "the server does not make it"),
    ("ec2:(StartInstance|ModifyInstanceType|RebootInstance), .*|libvirt:UndefineDomain, while running", "accepted although",
     "the server does not ask for this state, the provider's documentation does"),
    (".*", "no operation reads it", "only its maker says it"),
    ("openstack:DeleteKeyPair, when deleted", r"refused \(not found\)", "it is gone already, which nobody has read yet"),
    ("openstack:SetVisibility, for everybody", "publicize_image", "who may do what is not specified; only an administrator publishes images"),
    (".*", "refused .*, as the precondition says", ""),
]

# What is mapped and not asked for, and why.
NO_VOLUMES = "mimic has no block storage"
UNTRIED = {
    "openstack:AttachVolume": "there is no block storage service beside it",
    "openstack:DetachVolume": "there is no block storage service beside it",
    "rackspace:AttachServerVolume": NO_VOLUMES,
    "rackspace:DetachServerVolume": NO_VOLUMES,
    "rackspace:GetServerVolumeAttachment": NO_VOLUMES,
    "rackspace:GetServerVolumeState": NO_VOLUMES,
    "rackspace:RemoveVirtualIP": "a balancer's only address stays, and mimic adds none",
}


class Trials:
    """Trials at one account, in order."""

    def __init__(self, samos, known, prefix=""):
        self.samos, self.known, self.prefix, self.rows = samos, dict(known), prefix, []
        # As a table, names are short.
        self.changes = set(samos.run("query", "SELECT ?one WHERE { ?one a samos:ManipulationRequest }").split())

    def ask(self, operations, on, *arguments, makes=None, when=""):
        """Asks for operations of one subject. `makes`: a name, for later trials, for what an outcome gives; `when`: in what
        unfit state it is tried."""
        subject = self.filled(on)
        words = [word for one in arguments for word in ("--set", self.filled(one))]
        for name in operations.split():
            name = self.prefix + name
            ready, checks, outcomes = self.tried(name, subject, words)
            self.rows.append((f"{name}, {when}" if when else name, (ready, checks)))
            if makes and outcomes.get(makes[1]):
                self.known[makes[0]] = plain(outcomes[makes[1]][0])

    def tried(self, name, subject, words):
        if "{" in subject + " ".join(words):
            return "what it is about could not be made", [], {}
        approved = "1" if name in self.changes else "0"
        line = [self.samos.program, "--data", str(self.samos.data), "--no-color", "conform", name, "--on", subject,
                *words, "--approve", approved, "-o", "json"]
        ended = subprocess.run(line, capture_output=True, text=True, timeout=600)
        if ended.stdout.startswith("{"):
            [result] = json.loads(ended.stdout)["results"]
            return result["ready"], result["checks"], result["outcomes"]
        return "not asked: " + (ended.stderr.strip().splitlines() or [""])[0], [], {}

    def untried(self, provider):
        """What is mapped for a provider and was not asked for."""
        # As a table, with a heading.
        [_, *specified] = self.samos.run("query", f"SELECT ?one WHERE {{ ?one samos:ofProvider {provider} }}").split()
        return sorted(set(specified) - {name.partition(",")[0] for name, _ in self.rows})

    def filled(self, text):
        for name, value in self.known.items():
            text = text.replace(f"{{{name}}}", value)
        return text


def aws(program, data, moto):
    samos = Samos(program, data)
    samos.add_aws("shop", moto)
    ec2 = moto.client("ec2")
    image = next(one for one in ec2.describe_images()["Images"] if one.get("Platform") != "windows")["ImageId"]
    named = {name: f"{BASE}shop/{name}Service" for name in ("EC2", "ELB", "RDS", "S3")}
    samos.refresh(named["EC2"])
    one = Trials(samos, {**named, "image": image, "zone": "us-east-1a"})
    one.ask("ec2:DescribeInstances ec2:DescribeRegions ec2:DescribeImages ec2:DescribeAddresses ec2:DescribeKeyPairs "
            "ec2:DescribeSecurityGroups ec2:DescribeVolumes ec2:DescribeSnapshots", "{EC2}")
    [[one.known["region"]]] = samos.ask('SELECT ?one WHERE { ?one ec2:regionName ?name FILTER(STR(?name) = "us-east-1") }')
    one.ask("ec2:ListInstances", "{EC2}", "region={region}")
    one.ask("ec2:GetLiveInstances ec2:GetInstanceAllowance", "{region}")
    one.ask("ec2:CreateKeyPair", "{EC2}", "name=conform", makes=("key", "keyPair"))
    one.ask("ec2:CreateSecurityGroup", "{EC2}", "name=conform", "description=tried", makes=("own-group", "group"))
    one.ask("ec2:OpenPort", "{own-group}", "port=8080")
    one.ask("ec2:GetOpenPorts", "{own-group}")
    one.ask("ec2:ClosePort", "{own-group}", "port=8080")
    one.ask("ec2:CreateInstances", "{EC2}", "count=1", "type=m3.large", "image={image}", "keyPair={key}", "region={region}",
            makes=("vm", "instances"))
    one.ask("ec2:GetInstanceState ec2:GetPublicAddress ec2:GetPrivateAddress ec2:GetInstanceArchitecture ec2:GetInstancePlatform "
            "ec2:GetInstanceType ec2:GetInstanceImage ec2:GetInstancePlace ec2:GetSecurityGroups ec2:GetLaunchTime "
            "ec2:GetMonitoring ec2:GetInstanceId ec2:RebootInstance", "{vm}")
    one.ask("ec2:RenameInstance", "{vm}", "name=tried")
    one.ask("ec2:GetInstanceName ec2:GetAttachedVolumes", "{vm}")
    one.ask("ec2:SetMonitoring", "{vm}", "monitoring=enabled")
    one.ask("ec2:SetSecurityGroups", "{vm}", "groups={own-group}")
    one.ask("ec2:AllocateAddress", "{EC2}", makes=("allocation", "allocation"))
    one.ask("ec2:AssociateAddress", "{vm}", "allocation={allocation}")
    one.ask("ec2:GetAllocatedAddress ec2:GetAssociatedInstance ec2:DisassociateAddress ec2:ReleaseAddress", "{allocation}")
    one.ask("ec2:StartInstance", "{vm}", when="already running")
    one.ask("ec2:ModifyInstanceType", "{vm}", "type=m3.large", when="while running")
    one.ask("ec2:StopInstance", "{vm}")
    one.ask("ec2:ModifyInstanceType", "{vm}", "type=m3.medium")
    one.ask("ec2:ResizeInstances", "{EC2}", "instances={vm}", "type=m3.large")
    one.ask("ec2:StartInstance", "{vm}")
    one.ask("ec2:StopInstance", "{vm}")
    # moto starts what is stopped and rebooted, so this comes last.
    one.ask("ec2:RebootInstance", "{vm}", when="while stopped")
    one.ask("ec2:CreateImage", "{vm}", "name=conform", makes=("own-image", "image"))
    one.ask("ec2:GetImagePlatform ec2:GetImageArchitecture ec2:GetImageState ec2:GetImageRegion ec2:GetImageName ec2:GetImageId",
            "{own-image}")
    one.ask("ec2:CreateInstancesFromImage", "{own-image}", "count=1", "type=m3.large", makes=("second", "instances"))
    one.ask("ec2:DeregisterImage", "{own-image}")
    one.ask("ec2:CreateVolume", "{EC2}", "size=8", "zone={zone}", makes=("volume", "volume"))
    one.ask("ec2:GetVolumeState ec2:GetVolumeSize ec2:GetVolumeType ec2:GetVolumeZone", "{volume}")
    one.ask("ec2:AttachVolume", "{volume}", "instance={vm}")
    one.ask("ec2:GetAttachment", "{volume}")
    one.ask("ec2:DeleteVolume", "{volume}", when="while attached")
    one.ask("ec2:DetachVolume", "{volume}")
    one.ask("ec2:ModifyVolumeSize", "{volume}", "size=16")
    one.ask("ec2:CreateSnapshot", "{volume}", makes=("snapshot", "snapshot"))
    one.ask("ec2:GetSnapshotState ec2:GetSourceVolume", "{snapshot}")
    one.ask("ec2:CreateVolumeFromSnapshot", "{snapshot}", "zone={zone}")
    one.ask("ec2:DeleteSnapshot", "{snapshot}")
    one.ask("ec2:DeleteVolume", "{volume}")

    one.ask("elb:DescribeLoadBalancers", "{ELB}")
    one.ask("elb:CreateLoadBalancer", "{ELB}", "name=tried", "zones={zone}", "protocol=HTTP", makes=("lb", "loadBalancer"))
    one.ask("elb:GetDnsName elb:GetRegisteredInstances elb:GetZones elb:GetListenerPorts", "{lb}")
    one.ask("elb:RegisterInstances", "{lb}", "instances={vm}")
    one.ask("elb:GetHealthyInstances", "{lb}")
    one.ask("elb:DeregisterInstances", "{lb}", "instances={vm}")
    one.ask("elb:CreateListener", "{lb}", "port=8080", "protocol=HTTP")
    one.ask("elb:DeleteListener", "{lb}", "port=8080")
    one.ask("elb:EnableZones", "{lb}", "zones=us-east-1b")
    one.ask("elb:DisableZones", "{lb}", "zones=us-east-1b")
    one.ask("elb:ConfigureHealthCheck", "{lb}", "target=HTTP:80/")
    one.ask("elb:GetHealthTarget elb:DeleteLoadBalancer", "{lb}")

    one.ask("rds:DescribeDBInstances rds:DescribeDBSnapshots", "{RDS}")
    one.ask("rds:CreateDBInstance", "{RDS}", "id=tried", "class=db.m5.large", "engine=postgres", "storage=20",
            makes=("db", "instance"))
    one.ask("rds:GetDBInstanceState rds:GetEndpoint rds:GetDBInstanceClass rds:GetAllocatedStorage rds:GetEngine rds:RebootDBInstance", "{db}")
    one.ask("rds:ModifyDBInstanceClass", "{db}", "class=db.m5.xlarge")
    one.ask("rds:ModifyAllocatedStorage", "{db}", "storage=30")
    one.ask("rds:CreateDBSnapshot", "{db}", "id=tried-1", makes=("db-snapshot", "snapshot"))
    one.ask("rds:GetDBSnapshotState rds:GetSourceDBInstance", "{db-snapshot}")
    one.ask("rds:RestoreDBInstance", "{db-snapshot}", "id=tried-2")
    one.ask("rds:StopDBInstance rds:StartDBInstance rds:DeleteDBInstance", "{db}")
    one.ask("rds:DeleteDBSnapshot", "{db-snapshot}")

    one.ask("s3:ListBuckets", "{S3}")
    one.ask("s3:CreateBucket", "{S3}", "name=tried", "region={region}", makes=("bucket", "bucket"))
    one.ask("s3:PutObject", "{bucket}", "key=a.txt", "content=all is well", makes=("object", "object"))
    one.ask("s3:ListObjects s3:GetBucketRegion", "{bucket}")
    one.ask("s3:GetObject s3:GetObjectSize s3:GetObjectType", "{object}")
    one.ask("s3:CopyObject", "{object}", "bucket={bucket}", "key=b.txt", makes=("copy", "copy"))
    one.ask("s3:DeleteBucket", "{bucket}", when="not empty")
    one.ask("s3:DeleteObject", "{copy}")
    one.ask("s3:DeleteObjects", "{bucket}", "objects={object}")
    one.ask("s3:SetBucketVersioning", "{bucket}", "versioning=Enabled")
    one.ask("s3:GetBucketVersioning s3:DeleteBucket", "{bucket}")

    one.ask("ec2:TerminateInstance", "{vm}")
    one.ask("ec2:DeleteSecurityGroup", "{own-group}")
    one.ask("ec2:DeleteKeyPair", "{key}")
    return one.rows, one.untried("aws:aws")


def rackspace(program, data, mimic):
    samos = Samos(program, data)
    samos.add_rackspace("rack", mimic)
    asked = mimic.client()
    image = asked("cloudServersOpenStack", "/images/detail")["images"][0]["id"]
    flavors = [one["id"] for one in asked("cloudServersOpenStack", "/flavors/detail")["flavors"]]
    named = {name: f"{BASE}rack/{name}Service" for name in ("CloudServers", "LoadBalancers", "Identity")}
    samos.refresh("rack")
    # mimic does not say how many load balancers the account may have; Rackspace does.
    samos.run("update", f"INSERT DATA {{ <{named['LoadBalancers']}> rackspace:loadBalancerAllowance 25 }}")
    one = Trials(samos, {**named, "image": image, "flavor": flavors[2], "larger": flavors[3]}, "rackspace:")
    with Clock(mimic):
        one.ask("ListServers ListServerImages ListFlavors ListServerKeyPairs GetServerAllowance", "{CloudServers}")
        one.ask("CreateServerKeyPair", "{CloudServers}", "name=tried")
        one.ask("CreateServer", "{CloudServers}", "name=tried", "image={image}", "flavor={flavor}", makes=("vm", "server"))
        one.ask("GetServerState GetServerPublicAddress GetServerPrivateAddress GetServerFlavor GetServerImage GetServerName "
                "GetServerId GetServerMetadata ListServerVolumes RebootServer StopServer StartServer", "{vm}")
        one.ask("SetServerMetadata", "{vm}", "metadata=stage=test")
        one.ask("RenameServer", "{vm}", "name=tried-again")
        one.ask("CreateServerImage", "{vm}", "name=tried", makes=("own-image", "image"))
        one.ask("GetServerImageState DeleteServerImage", "{own-image}")
        one.ask("ResizeServer", "{vm}", "flavor={larger}")
        one.ask("GetFlavorOnTrial ConfirmResize RevertResize DeleteServer", "{vm}")
        one.ask("ListLoadBalancers GetLoadBalancerAllowance", "{LoadBalancers}")
        one.ask("CreateLoadBalancer", "{LoadBalancers}", "name=tried", "protocol=HTTP", makes=("lb", "loadBalancer"))
        one.ask("GetLoadBalancerState GetProtocol GetAlgorithm GetLoadBalancerName ListVirtualIPs GetHealthMonitor "
                "GetSessionPersistence GetConnectionThrottle ListDeniedAddresses ListAllowedAddresses", "{lb}")
        one.ask("AddNode", "{lb}", "address=203.0.113.9", makes=("node", "node"))
        one.ask("ListNodes", "{lb}")
        one.ask("GetNodeAddress GetNodePort GetNodeCondition GetNodeStatus", "{node}")
        one.ask("UpdateNode", "{lb}", "node={node}", "condition=DRAINING")
        one.ask("RemoveNode", "{lb}", "node={node}")
        one.ask("RenameLoadBalancer", "{lb}", "name=tried-again")
        one.ask("UpdateLoadBalancer", "{lb}", "algorithm=RANDOM")
        one.ask("AddVirtualIP", "{lb}")
        one.ask("DenyAddress AllowAddress StopDenyingAddress", "{lb}", "address=203.0.113.10")
        one.ask("SetHealthMonitor", "{lb}", "type=CONNECT")
        one.ask("RemoveHealthMonitor", "{lb}")
        one.ask("SetSessionPersistence", "{lb}", "type=HTTP_COOKIE")
        one.ask("RemoveSessionPersistence", "{lb}")
        one.ask("SetConnectionThrottle", "{lb}", "maximum=10")
        one.ask("RemoveConnectionThrottle DeleteLoadBalancer", "{lb}")
        one.ask("ListTenants ListUsers", "{Identity}")
        one.ask("CreateUser", "{Identity}", "name=tried", "email=tried@example.com", makes=("user", "user"))
        one.ask("GetUserState GetUserName GetUserEmail DisableUser EnableUser DeleteUser", "{user}")
    return one.rows, one.untried("rackspace:rackspace")


def libvirt(program, data, server):
    samos = Samos(program, data)
    samos.add_libvirt("host", server)
    samos.refresh("host")
    one = Trials(samos, {"service": f"{BASE}host/HypervisorService"}, "libvirt:")
    one.ask("ListDomains", "{service}")
    one.ask("DefineDomain", "{service}", "name=tried", "memory=65536", "type=test", makes=("vm", "domain"))
    one.ask("GetDomainState GetDomainMemory GetDomainProcessors GetAutostart ListSnapshots", "{vm}")
    one.ask("SuspendDomain", "{vm}", when="while shut off")
    one.ask("SetAutostart", "{vm}", "autostart=true")
    one.ask("SetDomainMemory", "{vm}", "memory=131072")
    one.ask("StartDomain", "{vm}")
    one.ask("StartDomain", "{vm}", when="already running")
    one.ask("SuspendDomain ResumeDomain RebootDomain", "{vm}")
    one.ask("CreateSnapshot", "{vm}", "name=before", makes=("snapshot", "snapshot"))
    one.ask("ShutdownDomain", "{vm}")
    one.ask("RevertToSnapshot", "{snapshot}")
    one.ask("DestroyDomain", "{vm}")
    one.ask("UndefineDomain", "{vm}", when="with a snapshot")
    one.ask("DeleteSnapshot", "{snapshot}")
    one.ask("UndefineDomain", "{vm}")
    one.ask("DefineDomain", "{service}", "name=passing", "memory=65536", "type=test", makes=("passing", "domain"))
    one.ask("StartDomain", "{passing}")
    one.ask("UndefineDomain", "{passing}", when="while running")
    return one.rows, one.untried("libvirt:libvirt")


def haproxy(program, data, server):
    samos = Samos(program, data)
    samos.add_haproxy("edge", server)
    samos.refresh("edge")
    samos.refresh(server.backend)
    [[process]] = samos.ask("SELECT ?one WHERE { ?one a haproxy:Process }")
    one = Trials(samos, {"process": process, "backend": server.backend})
    one.ask("haproxy:ListBackends", "{process}")
    one.ask("haproxy:AddServer", "{backend}", "address=127.77.0.6", "port=80", makes=("server", "server"))
    one.ask("haproxy:ListServers", "{backend}")
    one.ask("haproxy:GetServerState haproxy:GetServerAddress haproxy:GetServerHealth haproxy:GetWeight haproxy:SetDrain "
            "haproxy:SetReady", "{server}")
    one.ask("haproxy:SetWeight", "{server}", "weight=50")
    one.ask("haproxy:SetMaintenance", "{server}")
    one.ask("haproxy:SetServerAddress", "{server}", "address=127.77.0.7")
    one.ask("haproxy:DeleteServer", "{server}")
    return one.rows, one.untried("haproxy:haproxy")


def openstack(program, data, cloud):
    """Slow: a request is asked about again after growing pauses, and the services are real."""
    samos = Samos(program, data)
    samos.add_openstack("lab", cloud)
    samos.refresh("lab")
    named = {name: f"{BASE}lab/{name}Service" for name in ("Compute", "Image", "Network")}
    one = Trials(samos, {**named, "image": cloud.image, "network": cloud.network,
                         **{name.partition(".")[2]: key for name, key in cloud.flavors.items()}}, "openstack:")
    one.ask("ListServers ListFlavors ListKeyPairs GetServerAllowance", "{Compute}")
    one.ask("ListImages", "{Image}")
    one.ask("ListNetworks", "{Network}")
    one.ask("CreateKeyPair", "{Compute}", "name=tried", makes=("key", "keyPair"))
    new = ["image={image}", "flavor={tiny}"]
    one.ask("CreateServer", "{Compute}", "name=tried", *new, "keyPair={key}", "metadata=purpose=test", makes=("vm", "server"))
    one.ask("GetServerState GetFixedAddress GetFloatingAddress GetServerFlavor GetFlavorOnTrial GetStateAfterResize GetServerImage "
            "GetServerKeyPair GetServerName GetServerMetadata ListAttachedVolumes GetServerLocked", "{vm}")
    one.ask("StartServer UnpauseServer ResumeServer UnshelveServer ConfirmResize RevertResize", "{vm}", when="while running")
    one.ask("RenameServer", "{vm}", "name=tried-again")
    one.ask("SetServerMetadata", "{vm}", "metadata=a=1", "metadata=b=2")
    one.ask("RebootServer", "{vm}")
    one.ask("RebootServer", "{vm}", "type=HARD")
    one.ask("PauseServer", "{vm}")
    one.ask("StopServer SuspendServer", "{vm}", when="while paused")
    one.ask("UnpauseServer SuspendServer", "{vm}")
    one.ask("StopServer PauseServer", "{vm}", when="while suspended")
    one.ask("ResumeServer LockServer", "{vm}")
    one.ask("StopServer RebootServer PauseServer DeleteServer", "{vm}", when="while locked")
    one.ask("UnlockServer StopServer", "{vm}")
    one.ask("StopServer RebootServer PauseServer SuspendServer", "{vm}", when="while stopped")
    one.ask("RebootServer", "{vm}", "type=HARD", when="while stopped")
    one.ask("ResizeServer", "{vm}", "flavor={tiny}", when="to the flavor that it has")
    one.ask("ResizeServer", "{vm}", "flavor={small}")
    one.ask("GetFlavorOnTrial GetStateAfterResize", "{vm}")
    one.ask("StopServer", "{vm}", when="while a resize waits")
    one.ask("CreateServerImage", "{vm}", "name=tried", when="while a resize waits")
    one.ask("RevertResize GetServerFlavor StopServer", "{vm}")
    one.ask("ResizeServer", "{vm}", "flavor={small}", when="stopped")
    one.ask("ConfirmResize GetServerFlavor StartServer", "{vm}")
    one.ask("CreateServerImage", "{vm}", "name=tried", makes=("own", "image"))
    one.ask("GetImageState GetImageName GetDiskFormat GetVisibility", "{own}")
    one.ask("RenameImage", "{own}", "name=tried-again")
    one.ask("SetVisibility", "{own}", "visibility=shared")
    one.ask("SetVisibility", "{own}", "visibility=public", when="for everybody")
    one.ask("DeactivateImage", "{own}")
    one.ask("CreateServer", "{Compute}", "name=third", "image={own}", "flavor={tiny}", when="from an image that is off")
    one.ask("ReactivateImage", "{own}")
    one.ask("CreateServer", "{Compute}", "name=second", "image={own}", "flavor={tiny}", "networks={network}", makes=("second", "server"))
    one.ask("CreateServerWithoutNetwork", "{Compute}", "name=alone", *new, makes=("alone", "server"))
    one.ask("DeleteImage", "{own}")
    one.ask("CreateImage", "{Image}", "name=empty", makes=("empty", "image"))
    one.ask("DeactivateImage", "{empty}", when="without content")
    one.ask("DeleteImage", "{empty}")
    one.ask("ShelveServer", "{vm}")
    one.ask("StartServer StopServer", "{vm}", when="while shelved")
    one.ask("UnshelveServer DeleteServer", "{vm}")
    one.ask("DeleteServer", "{second}")
    one.ask("DeleteServer", "{alone}")
    one.ask("DeleteKeyPair", "{key}")
    one.ask("DeleteKeyPair", "{key}", when="when deleted")
    return one.rows, one.untried("openstack:openstack")


def section(title, rows, untried):
    """A part of the page, and what disagrees, or was not asked for, without a reason."""
    said = [f"## {title}\n", "| operation | agrees | unseen | disagrees | seen | reason |", "|---|---|---|---|---|---|"]
    total, unexplained = {"agrees": 0, "unseen": 0, "disagrees": 0}, []
    for name, (ready, checks) in rows:
        by = {verdict: [steady(one["text"]) for one in checks if one["verdict"] == verdict] for verdict in total}
        for verdict, texts in by.items():
            total[verdict] += len(texts)
        seen = by["disagrees"] + by["unseen"] if checks else [steady(ready)]
        why = sorted({reason(name, text) for text in seen} - {None})
        unexplained += [f"{name}: {text}" for text in seen if reason(name, text) is None]
        counts = " | ".join(str(len(texts) or "") for texts in by.values())
        said.append(f"| {name} | {counts} | {'; '.join(seen)} | {'; '.join(why)} |")
    unexplained += [f"{name}: nobody asked for it" for name in untried if name not in UNTRIED]
    said.append("".join(f"\nNot asked for: {name}, as {UNTRIED.get(name)}.\n" for name in untried))
    said.append("{} requests: {agrees} comparisons agree, {unseen} are unseen, {disagrees} disagree.".format(len(rows), **total))
    return "\n".join(said) + "\n", unexplained


def reason(name, text):
    return next((why for of, said, why in REASONS if re.fullmatch(of, name) and re.search(said, text)), None)


def steady(text):
    """Without what is different in each run."""
    text = re.sub(r"<?https://w3id.org/samos/account/[^\s`>]*/(?:[a-z]+-)?[^\s`>/]*>?", "that thing", text)
    text = re.sub(r"\b(?:i|ami|vol|snap|sg|eipalloc)-[0-9a-f]{8,}\b", "that thing", text)
    text = re.sub(r"\b[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}\b", "that thing", text)
    return text.replace("|", "\\|").replace("\n", " ")


def check(program, data, moto, mimic, hypervisor, server, write):
    asked = {
        "AWS, at moto 5.2.5": (aws, data / "aws", moto),
        "Rackspace, at mimic 2.2.0": (rackspace, data / "rackspace", mimic),
        "libvirt 9.0, at its daemon with the test hypervisor": (libvirt, data / "libvirt", hypervisor),
        "HAProxy 2.6, at its runtime socket": (haproxy, data / "haproxy", server),
    }
    with concurrent.futures.ThreadPoolExecutor() as pool:
        answers = {title: pool.submit(ask, program, place, of) for title, (ask, place, of) in asked.items()}
        parts = [(title, answer.result()) for title, answer in answers.items()]
    compared(parts, write)
    return ", ".join(f"{len(rows)} {title.split(',')[0]}" for title, (rows, _) in parts)


def check_openstack(program, data, cloud, write):
    rows, untried = openstack(program, data, cloud)
    # What was accepted when it was ready, and thus really done.
    done = {name.partition(",")[0] for name, (_, checks) in rows if any("as it was ready" in one["text"] for one in checks)}
    asked = {name.partition(",")[0] for name, _ in rows}
    assert asked == done, f"never done: {sorted(asked - done)}"
    compared([(OPENSTACK, (rows, untried))], write)
    return f"{len(rows)} requests, {len(done)} operations done"


def compared(parts, write):
    """Holds these parts of the page against what stands there; `write` puts them there first."""
    found = {title: section(title, *tried) for title, tried in parts}
    page = dict(zip(titles(TABLE.read_text()), TABLE.read_text().split("\n## ")[1:])) if TABLE.exists() else {}
    if write:
        page.update({title: text.removeprefix("## ") for title, (text, _) in found.items()})
        order = [*(title for title in page if title != OPENSTACK), *([OPENSTACK] if OPENSTACK in page else [])]
        TABLE.write_text(HEAD + "".join(f"\n## {page[title].rstrip()}\n" for title in order))
    unexplained = [one for _, more in found.values() for one in more]
    assert not unexplained, "without a reason: " + "\n".join(unexplained)
    for title, (text, _) in found.items():
        stands = "## " + page.get(title, "").rstrip() + "\n"
        assert text == stands, f"{title} says otherwise than the table:\n" + "\n".join(difflib.unified_diff(
            stands.splitlines(), text.splitlines(), "the table", "the server", lineterm=""))


def titles(page):
    return re.findall(r"^## (.*)$", page, re.MULTILINE)
