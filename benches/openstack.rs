//! Requests to OpenStack from the command line, beside OpenStack's own command line at the same services.
//!
//! In: OpenStack's services and python-openstackclient, which `cargo xtask bench` prepares. Out: CPU milliseconds of a whole
//! process for one information and one manipulation request; sign-in is in both. The services' own time is in neither.
#![allow(
    clippy::disallowed_methods,
    reason = "a bench is told by its environment what to measure"
)]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};

use samos_benches::{Measured, Row, Setting, ended, measure, median, print};
use serde_json::Value;

const PROMISE: &str =
    "one request at least 10 times faster than OpenStack's command line, cold process to cold";
const TIMES: usize = 5;
const LIMIT_S: u32 = 120;
const SERVICE: &str = "https://w3id.org/samos/account/lab/ComputeService";

fn main() -> ExitCode {
    ended("openstack", bench())
}

fn bench() -> Result<bool, String> {
    let setting = Setting::read()?;
    let folder = setting.scratch("openstack")?;
    let cloud = Cloud::start(&folder)?;
    let bench = Bench {
        setting: &setting,
        cloud: &cloud,
        data: folder.join("data").to_string_lossy().into_owned(),
    };
    let server = bench.prepare(&folder)?;
    let rows = [bench.information()?, bench.manipulation(&server)?];
    drop(cloud);
    Ok(print(&setting, "openstack", PROMISE, &rows))
}

/// OpenStack, for as long as it is held.
struct Cloud {
    process: Child,
    said: Value,
}

impl Cloud {
    fn start(folder: &Path) -> Result<Self, String> {
        let environment = std::env::var("SAMOS_OPENSTACK")
            .map_err(|_| "start it by `cargo xtask bench`, which installs OpenStack".to_owned())?;
        let script =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/endpoints/openstack_cloud.py");
        let mut process = Command::new("python3")
            .arg(script)
            .arg(environment)
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|problem| format!("python3: {problem}"))?;
        let mut line = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output)
                .read_line(&mut line)
                .map_err(|problem| format!("OpenStack: {problem}"))?;
        }
        let said = serde_json::from_str(&line)
            .map_err(|_| "OpenStack did not come up; what it said stands above".to_owned())?;
        Ok(Self { process, said })
    }

    /// Something that it said of itself.
    fn says(&self, pointer: &str) -> Result<&str, String> {
        self.said
            .pointer(pointer)
            .and_then(Value::as_str)
            .ok_or_else(|| format!("OpenStack does not say its {pointer}"))
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        // It ends, with all that it started, when nobody holds its input any more.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// What is asked, and how.
struct Bench<'a> {
    setting: &'a Setting,
    cloud: &'a Cloud,
    data: String,
}

impl Bench<'_> {
    /// A server, and an account of ours that knows it.
    fn prepare(&self, folder: &Path) -> Result<String, String> {
        let (flavor, image, network) = (
            self.cloud.says("/flavors/m1.tiny")?,
            self.cloud.says("/image")?,
            self.cloud.says("/network")?,
        );
        let words = [
            "server",
            "create",
            "--flavor",
            flavor,
            "--image",
            image,
            "--network",
            network,
            "--wait",
            "-f",
            "value",
            "-c",
            "id",
            "measured",
        ];
        let server = self.theirs(&words)?.output;
        let secrets = folder.join("secrets");
        let (user, password) = (self.cloud.says("/user")?, self.cloud.says("/password")?);
        std::fs::write(&secrets, format!("user={user}\npassword={password}\n"))
            .map_err(|problem| format!("{}: {problem}", secrets.display()))?;
        // Secrets come by standard input, which the measuring leaves empty.
        let add = "exec \"$0\" --data \"$1\" accounts add lab --provider openstack:openstack --endpoint \"$2\" --region \"$3\" \
                   --setting project=\"$4\" --setting domain=\"$5\" < \"$6\"";
        let words = [
            "-c",
            add,
            &self.setting.samos,
            &self.data,
            self.cloud.says("/address")?,
            self.cloud.says("/region")?,
            self.cloud.says("/project")?,
            self.cloud.says("/domain")?,
            &secrets.to_string_lossy(),
        ];
        let _ = measure(LIMIT_S, "bash", &words)?.well("samos accounts add")?;
        let _ = self.ours(&["refresh", "lab"])?;
        Ok(server.trim().to_owned())
    }

    fn ours(&self, words: &[&str]) -> Result<f64, String> {
        let whole: Vec<&str> = ["--data", &self.data]
            .iter()
            .chain(words)
            .copied()
            .collect();
        let name = format!("samos {}", words.join(" "));
        Ok(measure(LIMIT_S, &self.setting.samos, &whole)?
            .well(&name)?
            .cpu_ms)
    }

    /// OpenStack's command line at the same services.
    fn theirs(&self, words: &[&str]) -> Result<Measured, String> {
        let program = Path::new(&self.setting.python).with_file_name("openstack");
        let program = program.to_string_lossy();
        let variable = |name: &str, pointer: &str| {
            let value = self.cloud.says(pointer)?;
            Ok::<_, String>(format!("OS_{name}={value}"))
        };
        let variables = [
            variable("AUTH_URL", "/address")?,
            variable("USERNAME", "/user")?,
            variable("PASSWORD", "/password")?,
            variable("PROJECT_NAME", "/project")?,
            variable("USER_DOMAIN_NAME", "/domain")?,
            variable("PROJECT_DOMAIN_NAME", "/domain")?,
            variable("REGION_NAME", "/region")?,
            "OS_IDENTITY_API_VERSION=3".to_owned(),
        ];
        let mut whole: Vec<&str> = variables.iter().map(String::as_str).collect();
        whole.push(&program);
        whole.extend(words);
        let name = format!("openstack {}", words.join(" "));
        measure(LIMIT_S, "env", &whole)?.well(&name)
    }

    fn information(&self) -> Result<Row, String> {
        let words = [
            "do",
            "openstack:ListServers",
            "--on",
            SERVICE,
            "--approve",
            "0",
        ];
        let ours: Result<Vec<f64>, String> = (0..TIMES).map(|_| self.ours(&words)).collect();
        let theirs: Result<Vec<f64>, String> = (0..TIMES)
            .map(|_| Ok(self.theirs(&["server", "list"])?.cpu_ms))
            .collect();
        Ok(row(
            "information request, process",
            "list servers",
            median(ours?),
            median(theirs?),
        ))
    }

    fn manipulation(&self, server: &str) -> Result<Row, String> {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for turn in 0..TIMES {
            let name = format!("name=ours-{turn}");
            let words = [
                "do",
                "openstack:RenameServer",
                "--on",
                server,
                &name,
                "--approve",
                "1",
            ];
            ours.push(self.ours(&words)?);
            let name = format!("theirs-{turn}");
            theirs.push(
                self.theirs(&["server", "set", "--name", &name, server])?
                    .cpu_ms,
            );
        }
        Ok(row(
            "manipulation request, process",
            "rename server",
            median(ours),
            median(theirs),
        ))
    }
}

fn row(work: &str, answer: &str, ours_ms: f64, peer_ms: f64) -> Row {
    Row::beside(
        "OpenStack",
        work,
        answer,
        ours_ms,
        "openstackclient",
        peer_ms,
    )
    .promised(Some(10.0))
}
