//! GetObjectAcl: owner and grants of an object.

use drystone_types::Acl;
use drystone_wire::S3Error;

use super::acl_answer;
use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    let found = context.store.find_object(context.bucket(), context.key(), context.route.version).await;
    let found = found.map_err(|error| context.refusal(error))?;
    let rules = context.rules();
    let properties = &found.record.properties;
    let mut response = if rules.ownership.acls_count() {
        let private = || Acl::private(&properties.owner);
        let acl = properties.acl.clone().unwrap_or_else(private);
        acl_answer::answer(context, &properties.owner, &acl)
    } else {
        acl_answer::answer(context, &rules.owner, &Acl::private(&rules.owner))
    };
    respond::set_version(&mut response, found.shown_version);
    Ok(response)
}
