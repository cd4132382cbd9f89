//! Output: the one module of client commands that prints. Results go to stdout, as text or JSON Lines; everything else to stderr.

mod again;
mod error;
mod hint;
mod lines;
pub(crate) mod progress;
mod result;
mod size;

pub(crate) use again::{command_line, interrupted_text, quote};
pub(crate) use error::say_failure;
pub(crate) use hint::hint_of_transfer;
pub(crate) use lines::{end_if_reader_is_gone, say, stdout_bytes, stdout_file, stdout_line};
pub(crate) use result::Ended;
pub(crate) use size::{bytes_text, duration_text};

use crate::args::Output;
use serde_json::Value;
use std::fmt::Display;

/// Version of the JSON that is printed: fields may be added to a version, and nothing else changes in it.
pub(crate) const SCHEMA: u32 = 1;

/// How a command prints its results.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Console {
    /// Text or JSON Lines.
    pub(crate) form: Output,
    /// Errors only.
    pub(crate) is_quiet: bool,
}

impl Console {
    /// In this form; `is_quiet` keeps results of transfers to itself.
    pub(crate) fn new(form: Output, is_quiet: bool) -> Self {
        Self { form, is_quiet }
    }

    /// A result: a line of text, or a line of JSON which gets the schema's version. Never quiet: it is what was asked for.
    pub(crate) fn result(self, text: impl Display, json: Value) {
        match self.form {
            Output::Text => stdout_line(&text.to_string()),
            Output::Json => stdout_line(&with_schema(json).to_string()),
        }
    }

    /// What would be done, for --dry-run.
    pub(crate) fn planned(self, ended: &Ended) {
        let mut json = ended.json();
        json["dryRun"] = true.into();
        self.result(format!("(dryrun) {}", ended.text()), json);
    }

    /// What a transfer came to: a result that `--quiet` hides.
    pub(crate) fn ended(self, ended: &Ended) {
        if self.is_quiet && ended.failure.is_none() {
            return;
        }
        match (self.form, &ended.failure) {
            (Output::Json, _) => stdout_line(&with_schema(ended.json()).to_string()),
            (Output::Text, None) => stdout_line(&ended.text()),
            (Output::Text, Some(_)) => {}
        }
        if ended.failure.is_some() {
            say(&ended.text());
        }
    }
}

fn with_schema(mut json: Value) -> Value {
    if let Value::Object(fields) = &mut json {
        fields.insert("schema".into(), SCHEMA.into());
    }
    json
}
