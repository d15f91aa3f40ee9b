//! Requests to a cloud, from the command line and in a warm process, beside the provider's own tools at the same endpoint.
//!
//! In: moto, awscli and boto3 of the Python that `cargo xtask bench` prepares, and curl. Out: CPU milliseconds of a whole process
//! for one information and one manipulation request, of 5 to 40 at once, and of one more request in a process that already runs. The endpoint's own time is
//! in neither; what waits costs nothing. One row is of time as a user has it, the endpoint's in it: a warm request beside a bare one.
#![allow(clippy::disallowed_methods, reason = "a bench has a clock")]

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use samos_benches::{Row, Setting, ended, measure, median, number, print};

const PROMISE: &str = "one request at least 10 times faster than the provider's command line, cold process to cold; \
     a warm one in at most 1.1 times a bare one";
const COLD: Option<f64> = Some(10.0);
const WARM: Option<f64> = Some(1.0 / 1.1);
const TIMES: usize = 7;
const WARM_TIMES: u32 = 100;
const WARM_TURNS: u32 = 3;
const AT_ONCE: [usize; 4] = [5, 10, 20, 40];
const LIMIT_S: u32 = 60;
const SERVICE: &str = "https://w3id.org/samos/account/shop/EC2Service";

fn main() -> ExitCode {
    ended("requests", bench())
}

/// The endpoint, for as long as it is held.
struct Moto {
    process: Child,
    address: String,
    /// What it says of each request. A pipe that nobody reads would stop it once full.
    log: PathBuf,
}

impl Moto {
    fn start(tools: &Path) -> Result<Self, String> {
        let problem = |problem: std::io::Error| format!("moto: {problem}");
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .map_err(problem)?
            .port();
        let log = std::env::temp_dir().join(format!("samos-bench-moto-{port}.log"));
        let said = std::fs::File::create(&log).map_err(problem)?;
        let process = Command::new(tools.join("moto_server"))
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .env("INITIAL_NO_AUTH_ACTION_COUNT", "inf")
            .stdout(Stdio::null())
            .stderr(said)
            .spawn()
            .map_err(problem)?;
        let moto = Self {
            process,
            address: format!("http://127.0.0.1:{port}"),
            log,
        };
        for _ in 0..600 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(moto);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let said = std::fs::read_to_string(&moto.log).unwrap_or_default();
        Err(format!("moto did not come up: {said}"))
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_file(&self.log);
    }
}

/// What is asked, and how.
struct Bench<'a> {
    setting: &'a Setting,
    aws: String,
    address: String,
    data: String,
    machines: Vec<String>,
}

fn bench() -> Result<bool, String> {
    let setting = Setting::read()?;
    let tools = Path::new(&setting.python)
        .parent()
        .ok_or("the Python has no folder")?;
    let moto = Moto::start(tools)?;
    let folder = setting.scratch("requests")?;
    let mut bench = Bench {
        setting: &setting,
        aws: tools.join("aws").to_string_lossy().into_owned(),
        address: moto.address.clone(),
        data: folder.join("data").to_string_lossy().into_owned(),
        machines: Vec::new(),
    };
    bench.prepare(&folder)?;
    let mut rows = vec![bench.information()?];
    rows.extend(bench.manipulation(&folder)?);
    for many in AT_ONCE {
        rows.push(bench.at_the_same_time(&folder, many)?);
    }
    rows.extend(bench.warm()?);
    drop(moto);
    Ok(print(&setting, "requests", PROMISE, &rows))
}

impl Bench<'_> {
    /// Machines at the endpoint, and an account of ours that knows them.
    fn prepare(&mut self, folder: &Path) -> Result<(), String> {
        let script = "import sys, boto3
ec2 = boto3.client('ec2', endpoint_url=sys.argv[1], region_name='us-east-1', aws_access_key_id='test', aws_secret_access_key='test')
image = ec2.describe_images()['Images'][0]['ImageId']
made = ec2.run_instances(ImageId=image, MinCount=40, MaxCount=40, InstanceType='m3.large')['Instances']
print(' '.join(one['InstanceId'] for one in made))
import botocore, pathlib
print(pathlib.Path(botocore.__file__).with_name('data'))";
        let made = measure(
            LIMIT_S,
            &self.setting.python,
            &["-c", script, &self.address],
        )?;
        let mut lines = made.output.lines();
        let (Some(machines), Some(models)) = (lines.next(), lines.next()) else {
            return Err("the endpoint made no machines".to_owned());
        };
        self.machines = machines.split(' ').map(str::to_owned).collect();
        let secrets = folder.join("secrets");
        std::fs::write(&secrets, "access_key_id=test\nsecret_access_key=test\n")
            .map_err(|problem| format!("{}: {problem}", secrets.display()))?;
        // Secrets come by standard input, which the measuring leaves empty.
        let add = "exec \"$0\" --data \"$1\" accounts add shop --provider aws:aws --endpoint \"$2\" --region us-east-1 \
                   --setting models=\"$3\" < \"$4\"";
        let words = [
            "-c",
            add,
            &self.setting.samos,
            &self.data,
            &self.address,
            models,
            &secrets.to_string_lossy(),
        ];
        let _ = measure(LIMIT_S, "bash", &words)?.well("samos accounts add")?;
        let _ = self.samos(&["refresh", SERVICE])?;
        Ok(())
    }

    fn samos(&self, words: &[&str]) -> Result<f64, String> {
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

    /// awscli at the same endpoint.
    fn aws(&self, words: &[&str]) -> Result<f64, String> {
        let keys = [
            "AWS_ACCESS_KEY_ID=test",
            "AWS_SECRET_ACCESS_KEY=test",
            "AWS_DEFAULT_REGION=us-east-1",
            &self.aws,
            "--endpoint-url",
            &self.address,
            "ec2",
        ];
        let whole: Vec<&str> = keys.iter().chain(words).copied().collect();
        Ok(measure(LIMIT_S, "env", &whole)?.well("aws")?.cpu_ms)
    }

    /// One request, checked, planned and sent by one process.
    fn at_once(&self, operation: &str, subject: &str, changes: &str) -> Result<f64, String> {
        let words = ["do", operation, "--on", subject, "--approve", changes];
        let times: Result<Vec<f64>, String> = (0..TIMES).map(|_| self.samos(&words)).collect();
        times.map(median)
    }

    /// The same in two: a plan that can be looked at before it is applied.
    fn looked_at(&self, folder: &Path, operation: &str, subject: &str) -> Result<f64, String> {
        let mut times = Vec::new();
        for turn in 0..TIMES {
            let plan = folder.join(format!("{}-{turn}.json", operation.replace(':', "-")));
            let plan = plan.to_string_lossy();
            let checked = self.samos(&["check", operation, "--on", subject, "--out", &plan])?;
            times.push(checked + self.samos(&["apply", &plan, "--yes"])?);
        }
        Ok(median(times))
    }

    fn peer(&self, words: &[&str]) -> Result<f64, String> {
        let times: Result<Vec<f64>, String> = (0..TIMES).map(|_| self.aws(words)).collect();
        times.map(median)
    }

    fn information(&self) -> Result<Row, String> {
        Ok(row(
            "information request, process",
            "describe instances",
            self.at_once("ec2:DescribeInstances", SERVICE, "0")?,
            "awscli",
            self.peer(&["describe-instances"])?,
        )
        .promised(COLD))
    }

    fn manipulation(&self, folder: &Path) -> Result<[Row; 2], String> {
        let operation = "ec2:RebootInstance";
        let machine = self.machines.first().ok_or("no machine was made")?;
        let theirs = self.peer(&["reboot-instances", "--instance-ids", machine])?;
        let row = |work: &str, ours| row(work, "reboot instance", ours, "awscli", theirs);
        Ok([
            row(
                "manipulation request, process",
                self.at_once(operation, machine, "1")?,
            )
            .promised(COLD),
            row(
                "the same, its plan looked at between",
                self.looked_at(folder, operation, machine)?,
            ),
        ])
    }

    /// The same request for several machines at once: ours by one plan, theirs by so many processes side by side.
    fn at_the_same_time(&self, folder: &Path, many: usize) -> Result<Row, String> {
        let machines = self.machines.get(..many).ok_or("too few machines")?;
        let plan = folder.join(format!("together-{many}.json"));
        let plan = plan.to_string_lossy();
        let mut words = vec!["--data", &self.data, "together", "-o", "json"];
        words.extend(machines.iter().flat_map(|one| ["--on", one.as_str()]));
        let grouped = measure(LIMIT_S, &self.setting.samos, &words)?;
        let answer = grouped.json()?;
        let plans = answer.get("plans").and_then(|plans| plans.as_array());
        let is_reboot = |plan: &&serde_json::Value| {
            let operation = plan.pointer("/group/operations/0");
            let operation = operation.and_then(|operation| operation.as_str());
            operation.is_some_and(|operation| operation.ends_with("#RebootInstance"))
        };
        let reboot = plans.into_iter().flatten().find(is_reboot);
        let reboot = reboot.ok_or("`samos together` gave no group that reboots")?;
        std::fs::write(&*plan, reboot.to_string())
            .map_err(|problem| format!("{plan}: {problem}"))?;
        let planned = grouped.cpu_ms;
        let at_once = many.to_string();
        let ours = self.samos(&["apply", &plan, "--yes", "--at-once", &at_once])?;
        let side_by_side = format!(
            "printf '%s\\n' \"$@\" | AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1 \
             xargs -P {many} -I MACHINE \"$0\" --endpoint-url {} ec2 reboot-instances --instance-ids MACHINE",
            self.address
        );
        let mut words = vec!["-c", &side_by_side, &self.aws];
        words.extend(machines.iter().map(String::as_str));
        let theirs = measure(LIMIT_S, "bash", &words)?
            .well("awscli side by side")?
            .cpu_ms;
        Ok(row(
            &format!("manipulation request, {many} at once"),
            "reboot instances, all done",
            planned + ours,
            "awscli",
            theirs,
        )
        .promised(COLD))
    }

    /// One of many in a process that runs: ours by the time that many more requests add, the peers' likewise.
    fn warm(&self) -> Result<[Row; 3], String> {
        let ours = |times: u32| {
            let names = (0..times).map(|_| "ec2:DescribeInstances");
            let words: Vec<&str> = std::iter::once("conform")
                .chain(names)
                .chain(["--on", SERVICE])
                .collect();
            self.samos(&words)
        };
        let bare = |times: u32| {
            let form = "Action=DescribeInstances&Version=2016-11-15";
            let mut words = vec!["--silent", "--fail", "--output", "/dev/null"];
            words.extend(["--data", form]);
            // Unsigned, it would be asked of another account, which has nothing.
            words.extend([
                "--aws-sigv4",
                "aws:amz:us-east-1:ec2",
                "--user",
                "test:test",
            ]);
            // Each address is a request of its own, over one connection.
            words.extend((0..times).map(|_| self.address.as_str()));
            Ok(measure(LIMIT_S, "curl", &words)?.well("curl")?.cpu_ms)
        };
        let (ours_whole, bare_whole) = (one_more(&ours, elapsed)?, one_more(&bare, elapsed)?);
        let (ours, bare) = (one_more(&ours, cpu)?, one_more(&bare, cpu)?);
        let script = format!(
            "import sys, json, time, boto3
ec2 = boto3.client('ec2', endpoint_url=sys.argv[1], region_name='us-east-1', aws_access_key_id='test', aws_secret_access_key='test')
ec2.describe_instances()
start = time.process_time()
for _ in range({WARM_TIMES}): ec2.describe_instances()
print(json.dumps({{'ms': (time.process_time() - start) * 1000 / {WARM_TIMES}}}))"
        );
        let said = measure(
            LIMIT_S,
            &self.setting.python,
            &["-c", &script, &self.address],
        )?
        .json()?;
        let boto = number(&said, "/ms").ok_or("boto3 does not say how long it took")?;
        let answer = "describe instances, its outcomes held against their types and kept";
        let row = |peer: &str, theirs| row("information request, warm", answer, ours, peer, theirs);
        let elapsed = Row {
            work: "the same, elapsed, endpoint's too".to_owned(),
            ..row("curl, nothing read", bare_whole)
        };
        Ok([
            row("boto3", boto),
            row("curl, nothing read", bare),
            Row {
                ours_ms: Some(ours_whole),
                ..elapsed.promised(WARM)
            },
        ])
    }
}

/// Something to measure, which says how many milliseconds of the processor it took.
type Work<'a> = dyn Fn() -> Result<f64, String> + 'a;

/// Milliseconds that work took: of the processor.
fn cpu(work: &Work<'_>) -> Result<f64, String> {
    work()
}

/// Milliseconds that work took: as a user has them.
fn elapsed(work: &Work<'_>) -> Result<f64, String> {
    let began = Instant::now();
    let _ = work()?;
    Ok(began.elapsed().as_secs_f64() * 1000.0)
}

/// What one more request takes where many are made; the middle one of several times.
fn one_more(
    work: &dyn Fn(u32) -> Result<f64, String>,
    measured: fn(&Work<'_>) -> Result<f64, String>,
) -> Result<f64, String> {
    let mut times = Vec::new();
    for _ in 0..WARM_TURNS {
        let many = measured(&|| work(WARM_TIMES))?;
        let one = measured(&|| work(1))?;
        times.push((many - one) / f64::from(WARM_TIMES - 1));
    }
    Ok(median(times))
}

fn row(work: &str, answer: &str, ours_ms: f64, peer: &str, peer_ms: f64) -> Row {
    Row::beside("EC2", work, answer, ours_ms, peer, peer_ms)
}
