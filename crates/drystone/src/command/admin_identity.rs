//! `drystone admin account|user|group|policy|key`: identities, through the admin API of a running server.
#![expect(clippy::print_stdout, reason = "data goes to stdout")]

use drystone_wire::sigv4::canonical::encode as encode_component;
use serde_json::{Value, json};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::Path;

use crate::Failure;
use crate::admin_client::AdminClient;
use crate::args::{
    AccountCommand, AdminArgs, AdminCommand, AttachArgs, GroupCommand, KeyCommand, MemberArgs, NameArgs,
    Output, PolicyCommand, UserCommand,
};
use crate::assemble::runtime;

/// Policies and secrets that are read from a file or standard input.
const INPUT_MAX_BYTES: u64 = 64 << 10;

/// Does what was asked.
pub(crate) fn run(command: AdminCommand) -> Result<(), Failure> {
    match command {
        AdminCommand::Check(args) => super::admin_check::run(&args),
        AdminCommand::Account(command) => account(command),
        AdminCommand::User(command) => user(command),
        AdminCommand::Group(command) => group(command),
        AdminCommand::Policy(command) => policy(command),
        AdminCommand::Key(command) => key(command),
        AdminCommand::Bucket(command) => super::admin_bucket::run(command),
    }
}

fn account(command: AccountCommand) -> Result<(), Failure> {
    match command {
        AccountCommand::List(admin) => {
            let answer = send(&admin, "GET", "accounts", None)?;
            table(&admin, &answer["accounts"], &["number", "id", "displayName", "email"])
        }
        AccountCommand::Create { name, id, number, email, aliases, admin } => {
            let body = json!({
                "displayName": name, "id": id, "number": number, "email": email, "aliases": aliases,
            });
            let answer = send(&admin, "POST", "accounts", Some(body))?;
            record(&admin, &answer)
        }
        AccountCommand::Delete { id, admin } => {
            send(&admin, "DELETE", &format!("accounts/{}", encode(&id)), None).map(drop)
        }
    }
}

fn user(command: UserCommand) -> Result<(), Failure> {
    let path = |name: &str| format!("users/{}", encode(name));
    match command {
        UserCommand::List(admin) => {
            let answer = send(&admin, "GET", "users", None)?;
            table(&admin, &answer["users"], &["name", "enabled", "policies", "groups", "keys"])
        }
        UserCommand::Show(NameArgs { name, admin }) => {
            record(&admin, &send(&admin, "GET", &path(&name), None)?)
        }
        UserCommand::Create { which: NameArgs { name, admin }, policies } => {
            let body = json!({ "name": name, "policies": policies });
            record(&admin, &send(&admin, "POST", "users", Some(body))?)
        }
        UserCommand::Enable(which) => enable(&which, &path(&which.name), true),
        UserCommand::Disable(which) => enable(&which, &path(&which.name), false),
        UserCommand::Delete(NameArgs { name, admin }) => send(&admin, "DELETE", &path(&name), None).map(drop),
    }
}

fn group(command: GroupCommand) -> Result<(), Failure> {
    let member = |method: &str, MemberArgs { group, user, admin }: MemberArgs| {
        let path = format!("groups/{}/users/{}", encode(&group), encode(&user));
        send(&admin, method, &path, None).map(drop)
    };
    match command {
        GroupCommand::List(admin) => {
            let answer = send(&admin, "GET", "groups", None)?;
            table(&admin, &answer["groups"], &["name", "users", "policies"])
        }
        GroupCommand::Create(NameArgs { name, admin }) => {
            send(&admin, "POST", "groups", Some(json!({ "name": name }))).map(drop)
        }
        GroupCommand::Delete(NameArgs { name, admin }) => {
            send(&admin, "DELETE", &format!("groups/{}", encode(&name)), None).map(drop)
        }
        GroupCommand::Add(args) => member("PUT", args),
        GroupCommand::Remove(args) => member("DELETE", args),
    }
}

fn policy(command: PolicyCommand) -> Result<(), Failure> {
    let path = |name: &str| format!("policies/{}", encode(name));
    match command {
        PolicyCommand::List(admin) => {
            let answer = send(&admin, "GET", "policies", None)?;
            table(&admin, &answer["policies"], &["name", "isBuiltin", "attachedTo"])
        }
        PolicyCommand::Show(NameArgs { name, admin }) => {
            let answer = send(&admin, "GET", &path(&name), None)?;
            let shown = if admin.output == Output::Json { &answer } else { &answer["document"] };
            println!("{shown:#}");
            Ok(())
        }
        PolicyCommand::Put { which: NameArgs { name, admin }, file } => {
            let document = read(&file)?;
            send_bytes(&admin, "PUT", &path(&name), document.into_bytes()).map(drop)
        }
        PolicyCommand::Delete(NameArgs { name, admin }) => {
            send(&admin, "DELETE", &path(&name), None).map(drop)
        }
        PolicyCommand::Attach(args) => attach("PUT", &args),
        PolicyCommand::Detach(args) => attach("DELETE", &args),
    }
}

fn attach(method: &str, args: &AttachArgs) -> Result<(), Failure> {
    let (kind, name) = match (&args.user, &args.group) {
        (Some(user), _) => ("users", user),
        (None, Some(group)) => ("groups", group),
        (None, None) => return Err(Failure::Config("name a --user or a --group".into())),
    };
    let path = format!("{kind}/{}/policies/{}", encode(name), encode(&args.which.name));
    send(&args.which.admin, method, &path, None).map(drop)
}

fn key(command: KeyCommand) -> Result<(), Failure> {
    let path = |id: &str| format!("keys/{}", encode(id));
    match command {
        KeyCommand::List { user, admin } => {
            let user = user.map(|user| format!("?user={}", encode(&user))).unwrap_or_default();
            let answer = send(&admin, "GET", &format!("keys{user}"), None)?;
            table(&admin, &answer["keys"], &["accessKeyId", "user", "enabled", "expires", "created"])
        }
        KeyCommand::Create { user, access_key, secret_key, expires, admin } => {
            let secret_key = match secret_key.as_deref() {
                Some("-") => Some(read(Path::new("-"))?.trim_end().to_owned()),
                _ => secret_key,
            };
            let body = json!({
                "user": user, "accessKeyId": access_key, "secretAccessKey": secret_key, "expires": expires,
            });
            let answer = send(&admin, "POST", "keys", Some(body))?;
            if admin.output == Output::Json {
                println!("{answer}");
                return Ok(());
            }
            let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
            println!("export AWS_ACCESS_KEY_ID={}", text("accessKeyId"));
            println!("export AWS_SECRET_ACCESS_KEY={}", text("secretAccessKey"));
            Ok(())
        }
        KeyCommand::Enable(which) => enable(&which, &path(&which.name), true),
        KeyCommand::Disable(which) => enable(&which, &path(&which.name), false),
        KeyCommand::Expire { which: NameArgs { name, admin }, at } => {
            send(&admin, "PATCH", &path(&name), Some(json!({ "expires": at }))).map(drop)
        }
        KeyCommand::Delete(NameArgs { name, admin }) => send(&admin, "DELETE", &path(&name), None).map(drop),
    }
}

fn enable(which: &NameArgs, path: &str, enabled: bool) -> Result<(), Failure> {
    send(&which.admin, "PATCH", path, Some(json!({ "enabled": enabled }))).map(drop)
}

pub(super) fn send(
    admin: &AdminArgs,
    method: &str,
    path: &str,
    body: Option<Value>,
) -> Result<Value, Failure> {
    send_bytes(admin, method, path, body.map(|body| body.to_string().into_bytes()).unwrap_or_default())
}

fn send_bytes(admin: &AdminArgs, method: &str, path: &str, body: Vec<u8>) -> Result<Value, Failure> {
    let client = AdminClient::new(admin, &super::env)?;
    let mut target = format!("{}{path}", drystone_s3::api::PREFIX);
    if let Some(account) = &admin.account {
        target.push(if target.contains('?') { '&' } else { '?' });
        target += "account=";
        target += &encode(account);
    }
    runtime()?.block_on(client.send(method, &target, body))
}

fn read(path: &Path) -> Result<String, Failure> {
    let failed = |error| Failure::other(format!("cannot read {}", path.display()), error);
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().take(INPUT_MAX_BYTES).read_to_string(&mut text)
    } else {
        let file = std::fs::File::open(path).map_err(failed)?;
        file.take(INPUT_MAX_BYTES).read_to_string(&mut text)
    };
    read.map_err(failed)?;
    Ok(text)
}

/// Rows with a head; with `--output json` a line of JSON each.
pub(super) fn table(admin: &AdminArgs, rows: &Value, columns: &[&str]) -> Result<(), Failure> {
    let rows = rows.as_array().map(Vec::as_slice).unwrap_or_default();
    if admin.output == Output::Json {
        let lines: Vec<String> = rows.iter().map(Value::to_string).collect();
        return print(&lines);
    }
    let cells: Vec<Vec<String>> = std::iter::once(columns.iter().map(|name| (*name).to_owned()).collect())
        .chain(rows.iter().map(|row| columns.iter().map(|name| cell(&row[*name])).collect()))
        .collect();
    let width = |at: usize| cells.iter().map(|row: &Vec<String>| row[at].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let padded: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        padded.join("  ").trim_end().to_owned()
    };
    let lines: Vec<String> = cells.iter().map(line).collect();
    print(&lines)
}

/// One thing, a line for each of its properties.
pub(super) fn record(admin: &AdminArgs, value: &Value) -> Result<(), Failure> {
    if admin.output == Output::Json {
        return print(&[value.to_string()]);
    }
    let lines =
        value.as_object().into_iter().flatten().map(|(name, value)| format!("{name}: {}", cell(value)));
    print(&lines.collect::<Vec<_>>())
}

/// Prints lines; a reader that has seen enough (`| head`) is no failure.
fn print(lines: &[String]) -> Result<(), Failure> {
    let text: String = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::other("cannot write to standard output", error))
        }
        _ => Ok(()),
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".into(),
        Value::String(text) => text.clone(),
        Value::Array(values) if values.is_empty() => "-".into(),
        Value::Array(values) => values.iter().map(cell).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// A name as one segment of a path, or a value of a query.
pub(super) fn encode(name: &str) -> String {
    encode_component(name)
}
