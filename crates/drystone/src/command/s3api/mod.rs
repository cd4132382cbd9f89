//! `drystone s3api`: the operations of S3 one by one, with the AWS CLI's flags and output.

mod answer;
mod args;
mod body;
mod json;
mod model;
mod pages;
mod query;
mod request;
mod shorthand;
mod skeleton;
mod table;
mod text;
mod values;

pub(crate) use args::S3apiArgs;

use crate::output::{say, stdout_bytes};
use crate::{Failure, client_setup};
use body::Body;
use drystone_client::answer::DOCUMENT_MAX_BYTES;
use drystone_client::{CallError, Client, ServiceError};
use json::Json;
use model::{Kind, Operation, Place};
use pages::Merge;
use request::{Input, given, given_text};
use std::path::Path;

/// Asks for one operation and prints what comes of it.
pub(crate) fn run(args: &S3apiArgs) -> Result<(), Failure> {
    let operation = args.operation;
    if args.text("generate-cli-skeleton").is_some() {
        stdout_bytes(format!("{}\n", skeleton::skeleton(operation).pretty()).as_bytes());
        return Ok(());
    }
    let input = input(args).map_err(|why| Failure::Usage(format!("error parsing parameter {why}")))?;
    if let Some(expression) = args.text("query") {
        query::check(expression).map_err(|why| bad_query(expression, &why))?;
    }
    let client = client_setup::client(&args.client)?;
    let pages = operation.pages.as_ref().filter(|pages| is_paged(args, pages, &input));
    let asked = async {
        match pages {
            Some(pages) => list(&client, args, pages, &input).await,
            None => ask(&client, args, &input).await,
        }
    };
    let output = crate::run::run(asked, async {}).map_err(|failure| told(operation, failure))?;
    print(args, pages, output)
}

fn bad_query(expression: &str, why: &str) -> Failure {
    Failure::Usage(format!("bad value for --query {expression}: {why}"))
}

/// Input by S3's names: from flags, then from --cli-input-json.
fn input(args: &S3apiArgs) -> Result<Input, String> {
    let mut input: Input = Vec::new();
    let named = |flag: &str, why: String| format!("'--{flag}': {why}");
    for name in ["Bucket", "Key"] {
        if let Some(text) = args.text(name) {
            let value = values::value(Kind::Text, text).map_err(|why| named(&name.to_lowercase(), why))?;
            input.push((name.to_owned(), value));
        }
    }
    for member in args.operation.members() {
        let value = match member.kind {
            Kind::Flag => flag(args, member.name, member.flag),
            _ if member.place == Place::Body => args.text(member.name).map(Json::text),
            Kind::List(_) => words(args, member.name),
            kind => {
                let typed = args.text(member.name);
                typed
                    .map(|text| values::value(kind, text))
                    .transpose()
                    .map_err(|why| named(member.flag, why))?
            }
        };
        input.extend(value.map(|value| (member.name.to_owned(), value)));
    }
    if let Some(typed) = args.text("cli-input-json") {
        let more = values::input_json(typed).map_err(|why| named("cli-input-json", why))?;
        more_input(args.operation, &mut input, more).map_err(|why| named("cli-input-json", why))?;
    }
    Ok(input)
}

/// Adds what the flags did not say.
fn more_input(operation: &Operation, input: &mut Input, more: Vec<(String, Json)>) -> Result<(), String> {
    for (name, value) in more {
        let kind = match operation.members().find(|member| member.name == name) {
            Some(member) => member.kind,
            None if matches!(name.as_str(), "Bucket" | "Key") => Kind::Text,
            None => return Err(format!("unknown parameter in input: {name:?}")),
        };
        if value != Json::Null && given(input, &name).is_none() {
            let value = values::shaped(kind, value).map_err(|why| format!("{name}: {why}"))?;
            input.push((name, value));
        }
    }
    let is_missing = |name: &str| given_text(input, name).is_none_or(|text| text.is_empty());
    let mut required: Vec<_> =
        operation.members().filter(|member| member.is_required).map(|member| member.name).collect();
    required.extend((operation.on != model::On::Nothing).then_some("Bucket"));
    required.extend((operation.on == model::On::Object).then_some("Key"));
    match required.into_iter().find(|name| is_missing(name)) {
        Some(name) => Err(format!("missing required parameter in input: {name:?}")),
        None => Ok(()),
    }
}

fn flag(args: &S3apiArgs, name: &str, flag: &str) -> Option<Json> {
    if args.is_set(name) {
        return Some(Json::Flag(true));
    }
    args.is_set(&format!("no-{flag}")).then_some(Json::Flag(false))
}

fn words(args: &S3apiArgs, name: &str) -> Option<Json> {
    let words = args.matches.try_get_many::<String>(name).ok().flatten()?;
    Some(Json::List(words.flat_map(|word| word.split(',')).map(Json::text).collect()))
}

/// Pages are merged unless the user turns them alone.
fn is_paged(args: &S3apiArgs, pages: &model::Pages, input: &Input) -> bool {
    let by_hand = |name: &&str| given(input, name).is_some();
    !args.is_set("no-paginate") && !by_hand(&pages.limit) && !pages.input.iter().any(by_hand)
}

async fn list(
    client: &Client,
    args: &S3apiArgs,
    pages: &'static model::Pages,
    input: &Input,
) -> Result<Json, Failure> {
    let count = |id: &str| args.matches.try_get_one::<u32>(id).ok().flatten().copied();
    let max_items = count("max-items").map(|count| usize::try_from(count).unwrap_or(usize::MAX));
    let mut merge = Merge::new(pages, max_items, args.text("starting-token")).map_err(Failure::Usage)?;
    loop {
        let mut page_input = input.clone();
        page_input
            .extend(count("page-size").map(|size| (pages.limit.to_owned(), Json::Number(i64::from(size)))));
        page_input.extend(merge.markers().map(|(name, marker)| (name.to_owned(), marker.clone())));
        let page = ask(client, args, &page_input).await?;
        let more = merge.take(&page);
        if !more.map_err(|why| CallError::BadAnswer { action: args.operation.name, why })? {
            return Ok(merge.finish());
        }
    }
}

/// One call, tried again while that may help.
async fn ask(client: &Client, args: &S3apiArgs, input: &Input) -> Result<Json, Failure> {
    let operation = args.operation;
    let mut attempt = 1;
    let body = open_body(args, input)?;
    loop {
        let failure = match ask_once(client, args, input, body.as_ref()).await {
            Ok(output) => return Ok(output),
            Err(failure) => failure,
        };
        let Failure::Call(error) = &failure else { return Err(failure) };
        let Some(wait) = client.wait_after(error, attempt) else { return Err(failure) };
        tracing::debug!(operation = operation.name, attempt, %error, "trying again");
        tokio::time::sleep(wait).await;
        attempt += 1;
    }
}

/// The file that is sent and its checksum, if the operation sends one.
fn open_body(
    args: &S3apiArgs,
    input: &Input,
) -> Result<Option<(Body, Option<drystone_types::Checksum>)>, Failure> {
    let Some(path) = given_text(input, "Body").filter(|_| args.operation.sends_file()) else {
        return Ok(None);
    };
    let call = request::call(args.operation, input)?;
    let body = Body::open(Path::new(&path), args.text("body-range"))?;
    let algorithm = request::body_algorithm(&call, input)?;
    let checksum = algorithm.map(|algorithm| body.checksum(algorithm)).transpose()?;
    Ok(Some((body, checksum)))
}

async fn ask_once(
    client: &Client,
    args: &S3apiArgs,
    input: &Input,
    body: Option<&(Body, Option<drystone_types::Checksum>)>,
) -> Result<Json, Failure> {
    let operation = args.operation;
    let mut call = request::call(operation, input)?;
    if let Some((body, checksum)) = body {
        call = request::with_checksum(call, checksum.as_ref())?.payload(body.payload());
    }
    if let Some(outfile) = args.text("outfile") {
        if !call.headers.contains_key("x-amz-checksum-mode") {
            call = request::header(call, "x-amz-checksum-mode", "ENABLED")?;
        }
        let mut answer = client.send_once(call).await?;
        body::receive(&mut answer, Path::new(outfile)).await?;
        return Ok(answer::output(operation, &answer.headers, None));
    }
    let mut answer = client.send_once(call).await?;
    let root = if operation.payload.is_some() || !operation.document.is_empty() {
        Some(answer.document().await?)
    } else {
        answer.bytes(DOCUMENT_MAX_BYTES).await?;
        None
    };
    let mut output = answer::output(operation, &answer.headers, root.as_ref());
    if operation.name == "ListObjectsV2" && given(input, "EncodingType").is_none() {
        answer::decode_names(&mut output);
    }
    Ok(output)
}

/// Errors of the store in the AWS CLI's words.
fn told(operation: &Operation, failure: Failure) -> Failure {
    match &failure {
        Failure::Call(CallError::Service(error)) => {
            say(&service_text(operation, error));
            Failure::Said(crate::failure::REFUSED)
        }
        _ => failure,
    }
}

fn service_text(operation: &Operation, error: &ServiceError) -> String {
    let status = http::StatusCode::from_u16(error.status).ok();
    let reason = status.and_then(|status| status.canonical_reason()).unwrap_or("Unknown");
    let (code, message) = match operation.method {
        "HEAD" => (error.status.to_string(), reason.to_owned()),
        _ => (error.code.clone(), error.message.clone()),
    };
    format!("\nAn error occurred ({code}) when calling the {} operation: {message}", operation.name)
}

fn print(args: &S3apiArgs, pages: Option<&model::Pages>, mut output: Json) -> Result<(), Failure> {
    let is_text = args.text("output") == Some("text");
    // Lines have the token last, whatever of the output was asked for.
    let token = if is_text { pages::take_token(&mut output) } else { None };
    if is_text && let Some(pages) = pages {
        pages::name_missing_lists(&mut output, pages);
    }
    let output = match args.text("query") {
        Some(expression) => query::query(expression, &output).map_err(|why| bad_query(expression, &why))?,
        None => output,
    };
    if output.is_empty_object() {
        return Ok(());
    }
    let text = if is_text { text::text(&output) } else { format!("{}\n", output.pretty()) };
    let last = token.map(|token| format!("NEXTTOKEN\t{token}\n")).unwrap_or_default();
    stdout_bytes(format!("{text}{last}").as_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::service_text;
    use crate::command::s3api::table::OPERATIONS;
    use drystone_client::ServiceError;

    #[test]
    fn errors_are_told_as_the_aws_cli_tells_them() {
        let error = |status: u16, code: &str| ServiceError {
            action: "x",
            status,
            code: code.into(),
            message: "The specified key does not exist.".into(),
            request_id: "-".into(),
            retry_after: None,
            region: None,
            server_time: None,
        };
        let of = |command: &str, error: &ServiceError| {
            service_text(OPERATIONS.iter().find(|operation| operation.command == command).unwrap(), error)
        };
        let told = "\nAn error occurred (NoSuchKey) when calling the GetObject operation: The specified key does not exist.";
        assert_eq!(of("get-object", &error(404, "NoSuchKey")), told);
        let told = "\nAn error occurred (404) when calling the HeadObject operation: Not Found";
        assert_eq!(of("head-object", &error(404, "NotFound")), told);
    }
}
