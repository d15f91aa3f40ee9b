//! The mapping files of `mappings/`, built in.

macro_rules! built_in {
    ($($path:literal),* $(,)?) => {
        &[$((concat!("mappings/", $path), include_str!(concat!("../../../mappings/", $path)))),*]
    };
}

/// Each file's name and text.
pub const BUILT_IN: &[(&str, &str)] = built_in![
    "aws/ebs.yaml",
    "aws/ec2.yaml",
    "aws/elb.yaml",
    "aws/library.yaml",
    "aws/rds.yaml",
    "aws/s3.yaml",
    "haproxy/haproxy.yaml",
    "libvirt/libvirt.yaml",
    "openstack/compute.yaml",
    "openstack/image.yaml",
    "openstack/library.yaml",
    "openstack/network.yaml",
    "rackspace/cloud-servers.yaml",
    "rackspace/identity.yaml",
    "rackspace/library.yaml",
    "rackspace/load-balancers.yaml",
];
