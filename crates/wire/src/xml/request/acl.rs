//! AccessControlPolicy: the ACL that PutBucketAcl and PutObjectAcl carry.

use drystone_types::AccountId;
use drystone_types::acl::{Acl, Grant, Grantee, Permission};
use drystone_types::limits::{ACL_GRANTS_MAX, XML_OTHER_MAX_BYTES};

use crate::error::S3Error;
use crate::headers::acl::{group, too_many_grants};
use crate::xml::reader::{Node, read};

/// Argument names that S3's errors use for what a document names.
pub const ID_ARGUMENT: &str = "CanonicalUser/ID";
const URI_ARGUMENT: &str = "Group/URI";

/// The document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessControlPolicy {
    /// Whom it says the owner is.
    pub owner: AccountId,
    /// The grants. Whether the accounts exist is for the caller to judge.
    pub acl: Acl,
}

/// Reads the document.
///
/// # Errors
/// MalformedACLError; InvalidArgument for ids and groups that cannot be; MethodNotAllowed for e-mail addresses (b29);
/// InvalidRequest for too many grants.
pub fn parse(body: &[u8]) -> Result<AccessControlPolicy, S3Error> {
    let malformed = |_| S3Error::malformed_acl();
    let root = read(body, XML_OTHER_MAX_BYTES).map_err(malformed)?;
    if &*root.name != "AccessControlPolicy" {
        return Err(S3Error::malformed_acl());
    }
    let only = |name| root.only(name).map_err(malformed)?.ok_or_else(S3Error::malformed_acl);
    let (owner, list) = (only("Owner")?, only("AccessControlList")?);
    let owner = account(owner)?;
    if list.children.len() > ACL_GRANTS_MAX {
        return Err(too_many_grants());
    }
    let grants: Result<Vec<_>, _> = list.children.iter().map(grant).collect();
    Ok(AccessControlPolicy { owner, acl: Acl { grants: grants? } })
}

fn grant(node: &Node) -> Result<Grant, S3Error> {
    if &*node.name != "Grant" {
        return Err(S3Error::malformed_acl());
    }
    let permission = text_of(node, "Permission")?;
    let permission = Permission::parse(permission).ok_or_else(S3Error::malformed_acl)?;
    let grantee = node.child("Grantee").ok_or_else(S3Error::malformed_acl)?;
    let grantee = match grantee.kind.as_deref() {
        Some("CanonicalUser") => Grantee::Account(account(grantee)?),
        Some("Group") => {
            let uri = text_of(grantee, "URI")?;
            group(uri).ok_or_else(|| S3Error::invalid_group_uri(URI_ARGUMENT, uri))?
        }
        Some("AmazonCustomerByEmail") => return Err(S3Error::email_grantee()),
        _ => return Err(S3Error::malformed_acl()),
    };
    Ok(Grant { grantee, permission })
}

fn account(node: &Node) -> Result<AccountId, S3Error> {
    let id = text_of(node, "ID")?;
    AccountId::parse(id).ok_or_else(|| S3Error::invalid_grantee_id(ID_ARGUMENT, id))
}

fn text_of<'a>(node: &'a Node, name: &str) -> Result<&'a str, S3Error> {
    let text = node.text_of(name).map_err(|_| S3Error::malformed_acl())?;
    text.map(str::trim).ok_or_else(S3Error::malformed_acl)
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::xml::response::acl::access_control_policy;
    use drystone_types::{AccountId, Acl};
    use proptest::prelude::*;

    const OWNER: &str = "<Owner><ID>me</ID><DisplayName>m</DisplayName></Owner>";

    fn document(inside: &str) -> String {
        format!(
            "<AccessControlPolicy xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{inside}</AccessControlPolicy>"
        )
    }

    fn grant(kind: &str, inside: &str, permission: &str) -> String {
        format!(
            "<AccessControlList><Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
             xsi:type=\"{kind}\">{inside}</Grantee><Permission>{permission}</Permission></Grant></AccessControlList>"
        )
    }

    #[test]
    fn what_get_answers_put_accepts() {
        let owner = AccountId::parse("me").expect("an id");
        let mut acl = Acl::private(&owner);
        for (_, group) in crate::headers::acl::GROUPS {
            let permission = drystone_types::acl::Permission::Read;
            acl.grants.push(drystone_types::acl::Grant { grantee: group, permission });
        }
        let xml = access_control_policy(&owner, &acl, |_| Some("a <name>".into()));
        let read = parse(xml.as_bytes()).expect("legal");
        assert_eq!((read.owner, read.acl), (owner, acl));
        let empty = document(&format!("{OWNER}<AccessControlList/>"));
        assert_eq!(parse(empty.as_bytes()).map(|read| read.acl.grants.len()), Ok(0));
    }

    #[test]
    fn broken_documents_are_refused_as_s3_does() {
        let group = "<URI>http://acs.amazonaws.com/groups/s3/LogDelivery</URI>";
        let cases = [
            (String::new(), "MalformedACLError"),
            (document(""), "MalformedACLError"),
            (document(OWNER), "MalformedACLError"),
            (document(&grant("Group", group, "WRITE")), "MalformedACLError"),
            (document(&format!("{OWNER}{}", grant("Group", group, "WRONG"))), "MalformedACLError"),
            (document(&format!("{OWNER}{}", grant("BadType", "<ID>me</ID>", "READ"))), "MalformedACLError"),
            (document(&format!("{OWNER}{}", grant("Group", "<URI>x</URI>", "READ"))), "InvalidArgument"),
            (document(&format!("{OWNER}{}", grant("CanonicalUser", "<ID></ID>", "READ"))), "InvalidArgument"),
            (document(&format!("{OWNER}{}", grant("CanonicalUser", "", "READ"))), "MalformedACLError"),
            (
                document(&format!("<Owner><ID>a b</ID></Owner>{}", grant("Group", group, "READ"))),
                "InvalidArgument",
            ),
            (
                document(&format!(
                    "{OWNER}{}",
                    grant("AmazonCustomerByEmail", "<EmailAddress>a@b.c</EmailAddress>", "READ")
                )),
                "MethodNotAllowed", // b29
            ),
            (
                document(&format!("{OWNER}<AccessControlList><Other/></AccessControlList>")),
                "MalformedACLError",
            ),
        ];
        for (xml, code) in cases {
            assert_eq!(parse(xml.as_bytes()).map_err(|error| error.code.as_str()), Err(code), "{xml}");
        }
        let one = "<Grant><Grantee xmlns:xsi=\"x\" xsi:type=\"CanonicalUser\"><ID>me</ID></Grantee>\
                   <Permission>READ</Permission></Grant>";
        let many =
            |count| document(&format!("{OWNER}<AccessControlList>{}</AccessControlList>", one.repeat(count)));
        assert!(parse(many(100).as_bytes()).is_ok());
        assert!(parse(many(101).as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn arbitrary_acls_never_panic(inside in "(<Owner>|</Owner>|<ID>a</ID>|<AccessControlList>|</AccessControlList>|<Grant>|</Grant>|<Grantee x:type='Group'>|</Grantee>|x){0,12}") {
            let _ = parse(document(&inside).as_bytes());
        }
    }
}
