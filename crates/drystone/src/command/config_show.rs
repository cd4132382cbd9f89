//! `drystone config --show`: each setting, its value and where it comes from.
#![expect(clippy::print_stdout, reason = "data goes to stdout")]

use crate::Failure;
use crate::args::{ConfigArgs, Output};
use crate::config::Config;

/// Prints them.
pub(crate) fn run(args: &ConfigArgs) -> Result<(), Failure> {
    let config = Config::load(&args.settings, super::env)?;
    for (key, value, source) in config.iter() {
        match args.output {
            Output::Text => println!("{key} = {value:?}  # {source}"),
            Output::Json => {
                println!("{}", serde_json::json!({ "key": key, "value": value, "source": source }));
            }
        }
    }
    Ok(())
}
