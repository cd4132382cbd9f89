//! Arguments of `drystone s3api`: made of the tables, with the AWS CLI's names.

use super::model::{Kind, Member, On, Operation, Place};
use super::table::OPERATIONS;
use crate::args::ClientArgs;
use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

/// What was asked: an operation and its flags.
#[derive(Clone, Debug)]
pub(crate) struct S3apiArgs {
    pub(super) operation: &'static Operation,
    pub(super) client: ClientArgs,
    pub(super) matches: ArgMatches,
}

const HEADING: &str = "Input and output";

/// With one of these, input may come from elsewhere or is not needed.
const INSTEAD: [&str; 2] = ["cli-input-json", "generate-cli-skeleton"];

impl Args for S3apiArgs {
    fn augment_args(command: Command) -> Command {
        command
            .subcommand_required(true)
            .arg_required_else_help(true)
            .subcommand_value_name("OPERATION")
            .defer(|command| {
                command.subcommands(OPERATIONS.iter().map(|operation| operation_command(operation)))
            })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for S3apiArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let missing = || clap::Error::raw(clap::error::ErrorKind::MissingSubcommand, "which operation?\n");
        let (name, matches) = matches.subcommand().ok_or_else(missing)?;
        let operation = OPERATIONS.iter().find(|operation| operation.command == name).ok_or_else(missing)?;
        let client = ClientArgs::from_arg_matches(matches)?;
        Ok(Self { operation, client, matches: matches.clone() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl S3apiArgs {
    /// The text of a flag that is none of the operation's own.
    pub(super) fn text(&self, id: &str) -> Option<&str> {
        self.matches.try_get_one::<String>(id).ok().flatten().map(String::as_str)
    }

    /// Was a switch set?
    pub(super) fn is_set(&self, id: &str) -> bool {
        self.matches.try_get_one::<bool>(id).ok().flatten().copied().unwrap_or(false)
    }
}

fn operation_command(operation: &'static Operation) -> Command {
    let mut command = Command::new(operation.command).about(operation.about);
    if operation.on != On::Nothing {
        command = command.arg(value("Bucket", "bucket", "Bucket.").required_unless_present_any(INSTEAD));
    }
    if operation.on == On::Object {
        command = command.arg(value("Key", "key", "Key of the object.").required_unless_present_any(INSTEAD));
    }
    for member in operation.members() {
        command = command.args(member_args(member));
    }
    if operation.name == "GetObject" {
        let outfile = Arg::new("outfile").value_name("OUTFILE").help("File into which the object goes.");
        command = command.arg(outfile.required_unless_present("generate-cli-skeleton"));
    }
    if operation.name == "UploadPart" {
        let range =
            value("body-range", "body-range", "Only these bytes of the file, FIRST-LAST, counted from 0.");
        command = command.arg(range.requires("Body"));
    }
    if operation.pages.is_some() {
        command = command.args(page_args());
    }
    ClientArgs::augment_args(command.args(form_args())).about(operation.about)
}

fn value(id: &'static str, flag: &'static str, help: impl Into<clap::builder::StyledStr>) -> Arg {
    Arg::new(id).long(flag).value_name("VALUE").help(help.into())
}

/// The flags of a member: one, or two for a truth value.
fn member_args(member: &'static Member) -> Vec<Arg> {
    if matches!(member.kind, Kind::Flag) {
        let no: &'static str =
            NO_FLAGS.iter().find(|no| no.strip_prefix("no-") == Some(member.flag)).copied().unwrap_or("");
        let yes = Arg::new(member.name).long(member.flag).action(ArgAction::SetTrue).help(help(member));
        let yes = yes.overrides_with_all([member.name, no]);
        if no.is_empty() {
            return vec![yes];
        }
        let no = Arg::new(no).long(no).action(ArgAction::SetTrue).help(format!("Not --{}.", member.flag));
        return vec![yes, no.overrides_with(member.name)];
    }
    let arg = value(member.name, member.flag, help(member));
    let arg = match member.kind {
        Kind::List(_) => arg.num_args(1..).action(ArgAction::Append),
        Kind::Number => arg.allow_negative_numbers(true),
        _ => arg,
    };
    vec![if member.is_required { arg.required_unless_present_any(INSTEAD) } else { arg }]
}

/// Names of the switches that take back others: clap wants them to live for ever.
const NO_FLAGS: [&str; 4] = [
    "no-bucket-key-enabled",
    "no-bypass-governance-retention",
    "no-fetch-owner",
    "no-object-lock-enabled-for-bucket",
];

fn help(member: &Member) -> String {
    let form = match member.kind {
        Kind::Map => " Shorthand name=value,name=value, JSON, or file://PATH.",
        Kind::Structure(_) => " Shorthand, JSON, or file://PATH.",
        Kind::Moment => " A date, as 2026-11-22T10:30:00Z.",
        _ => "",
    };
    match member.place {
        Place::Header(header) if matches!(member.kind, Kind::Map) => format!("Headers {header}*.{form}"),
        Place::Header(header) => format!("Header {header}.{form}"),
        Place::Query(name) => format!("Query parameter {name}.{form}"),
        Place::Body => "File that is sent; nothing without it.".to_owned(),
        Place::Document(root) => format!("The document {root}.{form}"),
    }
}

fn page_args() -> [Arg; 4] {
    let heading = |arg: Arg| arg.help_heading("Pages");
    let number = |arg: Arg| arg.value_name("COUNT").value_parser(clap::value_parser!(u32).range(1..));
    [
        heading(number(value(
            "max-items",
            "max-items",
            "Shows so many items at most, and a NextToken if there are more.",
        ))),
        heading(number(value("page-size", "page-size", "Asks for so many items at once."))),
        heading(value("starting-token", "starting-token", "Goes on from a NextToken.").value_name("TOKEN")),
        heading(
            Arg::new("no-paginate")
                .long("no-paginate")
                .action(ArgAction::SetTrue)
                .help("Asks for the first page only."),
        ),
    ]
}

fn form_args() -> [Arg; 5] {
    let skeleton = value(
        "generate-cli-skeleton",
        "generate-cli-skeleton",
        "Prints the input with empty values and does nothing.",
    )
    .num_args(0..=1)
    .default_missing_value("input")
    .value_parser(PossibleValuesParser::new(["input"]));
    let output = value("output", "output", "Form of the output.")
        .value_parser(PossibleValuesParser::new(["json", "text"]))
        .default_value("json");
    [
        value(
            "cli-input-json",
            "cli-input-json",
            "Input as a JSON object or file://PATH; flags go before it.",
        )
        .value_name("JSON"),
        skeleton,
        value("query", "query", "JMESPath expression: what of the output is shown.").value_name("EXPRESSION"),
        output.value_name("FORM"),
        Arg::new("no-cli-pager")
            .long("no-cli-pager")
            .action(ArgAction::SetTrue)
            .hide(true)
            .help("Nothing is paged anyway."),
    ]
    .map(|arg| arg.help_heading(HEADING))
}

#[cfg(test)]
mod tests {
    use super::{NO_FLAGS, S3apiArgs};
    use crate::command::s3api::model::Kind;
    use crate::command::s3api::table::OPERATIONS;
    use clap::{Args as _, Command, FromArgMatches as _};

    fn parse(line: &[&str]) -> Result<S3apiArgs, clap::Error> {
        let command = S3apiArgs::augment_args(Command::new("s3api"));
        S3apiArgs::from_arg_matches(&command.try_get_matches_from(["s3api"].iter().chain(line))?)
    }

    #[test]
    fn flags_are_the_aws_clis() {
        let line = [
            "list-parts",
            "--bucket",
            "b",
            "--key",
            "k",
            "--upload-id",
            "u",
            "--max-items",
            "5",
            "--output",
            "text",
        ];
        let args = parse(&line).unwrap();
        assert_eq!(args.operation.name, "ListParts");
        assert_eq!((args.text("UploadId"), args.text("output")), (Some("u"), Some("text")));
        assert!(parse(&["list-parts", "--bucket", "b", "--key", "k"]).is_err());
        assert!(parse(&["list-parts", "--cli-input-json", "{}"]).is_ok());
        assert!(parse(&["get-object", "--bucket", "b", "--key", "k"]).is_err());
        assert!(parse(&["get-object", "--bucket", "b", "--key", "k", "out", "--range", "bytes=0-1"]).is_ok());
        assert!(
            parse(&["list-objects-v2", "--bucket", "b", "--no-fetch-owner", "--endpoint-url", "http://h"])
                .is_ok()
        );
        assert!(parse(&["put-object", "--bucket", "b", "--key", "k", "--bogus"]).is_err());
        assert!(parse(&["nothing"]).is_err());
    }

    #[test]
    fn every_switch_can_be_taken_back() {
        for member in OPERATIONS.iter().flat_map(|operation| operation.members()) {
            if matches!(member.kind, Kind::Flag) {
                assert!(NO_FLAGS.contains(&format!("no-{}", member.flag).as_str()), "{}", member.flag);
            }
        }
    }
}
