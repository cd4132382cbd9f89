//! What the admin API says and hears, as JSON. Secrets are said once, by the answer that makes a key.

use drystone_identity::manage::{AccountView, GroupView, KeyView, PolicyView, UserView};
use drystone_types::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

/// POST accounts.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewAccountBody {
    pub(super) id: Option<String>,
    pub(super) number: Option<String>,
    pub(super) display_name: String,
    pub(super) email: Option<String>,
    #[serde(default)]
    pub(super) aliases: Vec<String>,
}

/// POST users.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewUserBody {
    pub(super) name: String,
    #[serde(default)]
    pub(super) policies: Vec<String>,
}

/// POST groups.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewGroupBody {
    pub(super) name: String,
}

/// PATCH users/NAME.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct UserChangeBody {
    pub(super) enabled: bool,
}

/// POST keys.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewKeyBody {
    pub(super) user: Option<String>,
    pub(super) access_key_id: Option<String>,
    pub(super) secret_access_key: Option<String>,
    pub(super) expires: Option<String>,
}

/// PATCH keys/ID. `expires` is a moment or `never`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct KeyChangeBody {
    pub(super) enabled: Option<bool>,
    pub(super) expires: Option<String>,
}

pub(super) fn account(view: &AccountView) -> Value {
    json!({
        "id": view.id.as_str(),
        "number": view.document.number,
        "displayName": view.document.display_name,
        "email": view.document.email,
        "aliases": view.document.aliases,
        "isRoot": view.is_root,
    })
}

pub(super) fn user(view: &UserView) -> Value {
    json!({
        "name": view.name,
        "id": view.document.id,
        "arn": view.arn,
        "enabled": view.document.enabled,
        "policies": view.document.policies,
        "groups": view.groups,
        "keys": view.keys,
        "created": moment(Timestamp(view.document.created)),
    })
}

pub(super) fn group(view: &GroupView) -> Value {
    json!({
        "name": view.name,
        "users": view.document.users,
        "policies": view.document.policies,
        "created": moment(Timestamp(view.document.created)),
    })
}

pub(super) fn policy(view: &PolicyView) -> Value {
    let document: Value = serde_json::from_str(&view.document).unwrap_or(Value::Null);
    json!({
        "name": view.name,
        "isBuiltin": view.is_builtin,
        "attachedTo": view.attached_to,
        "document": document,
    })
}

pub(super) fn key(view: &KeyView) -> Value {
    json!({
        "accessKeyId": view.access_key_id,
        "account": view.holder.account.as_str(),
        "user": view.holder.user,
        "enabled": view.enabled,
        "expires": view.expires.map(moment),
        "created": moment(view.created),
    })
}

fn moment(at: Timestamp) -> String {
    at.iso8601()
}
