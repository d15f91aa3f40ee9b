//! Sends one call to AWS, or to what speaks like it, and prints the answer:
//! `cargo run -p samos-drivers --example aws_call -- MODELS ADDRESS SERVICE OPERATION INPUT`.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program: it prints, and reads the environment"
)]

use samos_drivers::aws::{AwsDriver, Environment, Settings};
use samos_drivers::{Driver as _, SendOptions};
use samos_mapping::call::Call;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [models, address, service, operation, input] = words.as_slice() else {
        return Err(
            "MODELS ADDRESS SERVICE OPERATION INPUT (an empty address means the vendor's)".into(),
        );
    };
    let mut settings = Settings::new(models);
    settings.environment = Environment {
        variables: std::env::vars().collect(),
        home: std::env::home_dir(),
    };
    settings.address = (!address.is_empty()).then(|| address.clone());
    let driver = AwsDriver::new(settings)?;
    let call = Call::Model {
        service: service.clone(),
        operation: operation.clone(),
        input: serde_json::from_str(input)?,
        region: None,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let answer = runtime.block_on(driver.send(&call, &SendOptions::default()))?;
    println!("{}", serde_json::to_string_pretty(&answer)?);
    Ok(())
}
