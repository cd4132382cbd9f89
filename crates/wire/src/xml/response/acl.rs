//! AccessControlPolicy, as GetBucketAcl and GetObjectAcl return it.

use drystone_types::AccountId;
use drystone_types::acl::{Acl, Grantee};

use crate::headers::acl::GROUPS;
use crate::xml::writer::XmlWriter;

const XSI: &str = " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=";

/// The document; `name` gives the display name of an account, where it has one.
pub fn access_control_policy(
    owner: &AccountId,
    acl: &Acl,
    name: impl Fn(&AccountId) -> Option<String>,
) -> String {
    let person = |w: &mut XmlWriter, id: &AccountId| {
        w.text("ID", id.as_str());
        w.optional("DisplayName", name(id).as_deref());
    };
    XmlWriter::document("AccessControlPolicy", |w| {
        w.element("Owner", |w| person(w, owner));
        w.element("AccessControlList", |w| {
            for grant in &acl.grants {
                w.element("Grant", |w| {
                    match &grant.grantee {
                        Grantee::Account(id) => {
                            w.element_with("Grantee", &format!("{XSI}\"CanonicalUser\""), |w| person(w, id));
                        }
                        group => w.element_with("Grantee", &format!("{XSI}\"Group\""), |w| {
                            w.optional("URI", uri(group));
                        }),
                    }
                    w.text("Permission", grant.permission.name());
                });
            }
        });
    })
}

fn uri(group: &Grantee) -> Option<&'static str> {
    GROUPS.iter().find(|(_, other)| other == group).map(|(uri, _)| *uri)
}

#[cfg(test)]
mod tests {
    use super::access_control_policy;
    use drystone_types::{AccountId, Acl};

    #[test]
    fn grantees_say_what_they_are() {
        let owner = AccountId::parse("me").expect("an id");
        let xml = access_control_policy(&owner, &Acl::private(&owner), |_| None);
        let grantee = "<Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
                       xsi:type=\"CanonicalUser\"><ID>me</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant>";
        assert!(xml.contains(&format!("<AccessControlList>{grantee}</AccessControlList>")), "{xml}");
        assert!(xml.contains("<Owner><ID>me</ID></Owner>"), "{xml}");
    }
}
