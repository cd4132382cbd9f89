//! Authorise: may the caller do what the request asks, on everything that it touches?
//! Before the action runs, and before any condition of the request is looked at (S20, S21, S25, S27). `needs` says what is
//! asked, `access` judges.

mod blocked;
mod conditions;
mod needs;
mod new_object;
mod rules;
mod stored_policy;

use drystone_access::{
    AccessRequest, Action, Because, BucketFacts, ConditionKey, NoConditions, ObjectFacts, Principal,
    Resource, authorise as judge,
};
use drystone_store::StoreError;
use drystone_store::bucket::BucketRecord;
use drystone_types::{
    AccountId, Acl, BucketName, Key, ObjectProperties, Tags, Timestamp, UploadId, WhichVersion,
};
use drystone_wire::headers::{copy_source, expected_bucket_owner, source_expected_bucket_owner};
use drystone_wire::{ErrorCode, Operation, S3Error};
use std::sync::{Arc, OnceLock};
use tracing::debug;

use crate::context::Context;
pub(crate) use blocked::Blocked;
pub(crate) use conditions::Sent;
use conditions::{RequestConditions, is_in_body};
use needs::{Need, On, Rule};
pub(crate) use needs::{is_true, sets_acl};
pub(crate) use new_object::{NewObject, check_grantees};
pub(crate) use rules::{BucketRules, RulesCache};
pub(crate) use stored_policy::StoredPolicy;

/// What authorising a request found out, for the action to use.
#[derive(Debug, Default)]
pub(crate) struct Granted {
    bucket: OnceLock<Arc<BucketRules>>,
    source: OnceLock<Arc<BucketRules>>,
    new_object: OnceLock<NewObject>,
    /// It was refused, but by policies that ask for what its body says.
    waits_for_body: OnceLock<()>,
}

/// An object that a judgement is about.
struct Existing {
    owner: AccountId,
    acl: Acl,
    tags: Tags,
}

impl Existing {
    fn of(properties: ObjectProperties) -> Self {
        let ObjectProperties { owner, acl, tags, .. } = properties;
        let acl = acl.unwrap_or_else(|| Acl::private(&owner));
        Self { owner, acl, tags }
    }
}

/// One question to the judge.
struct Question<'q> {
    action: Action,
    resource: Resource,
    bucket: Option<BucketFacts<'q>>,
    existing: Option<&'q Existing>,
    sent: Option<Sent<'q>>,
    version_id: Option<&'q str>,
    /// What a listing would have to begin with, where the request is none.
    prefix: Option<&'q str>,
    is_initiator: bool,
}

/// A no.
struct Refusal {
    error: S3Error,
    /// A policy says Deny.
    is_explicit: bool,
}

impl<'q> Question<'q> {
    fn new(action: Action, resource: Resource, bucket: Option<BucketFacts<'q>>) -> Self {
        Self {
            action,
            resource,
            bucket,
            existing: None,
            sent: None,
            version_id: None,
            prefix: None,
            is_initiator: false,
        }
    }
}

impl Context<'_> {
    /// Refuses the request unless the caller may make it.
    ///
    /// # Errors
    /// AccessDenied; NoSuchBucket (b12); and errors of headers that say what is asked for.
    pub(crate) async fn authorise(&self) -> Result<(), S3Error> {
        let operation = self.route.operation;
        if operation != Operation::CreateBucket
            && let Some(name) = &self.route.bucket
        {
            let bucket = self.store.get_bucket(name).await.map_err(|error| self.refusal(error))?;
            self.check_owner(expected_bucket_owner(self.headers), &bucket)?;
            let rules = self.service.rules.get(&bucket);
            self.granted.bucket.set(rules).expect("a request is authorised once");
        }
        match needs::rule(operation) {
            Rule::Signed if self.caller.principal.is_anonymous() => return Err(S3Error::access_denied()),
            Rule::EachKey if self.caller.principal.is_anonymous() && !self.rules().may_serve_public() => {
                return Err(S3Error::access_denied()); // no key will be allowed: the body need not be read
            }
            Rule::Signed | Rule::EachKey => return Ok(()),
            Rule::All => {}
        }
        let initiates = operation == Operation::CreateMultipartUpload;
        if initiates && self.caller.principal.is_anonymous() {
            return Err(S3Error::access_denied()); // b35
        }
        for need in needs::needs(self.route, self.headers) {
            match self.require(need).await {
                Err(error) if error.code == ErrorCode::AccessDenied && self.may_be_allowed_by_body() => {
                    self.granted.waits_for_body.get_or_init(|| ());
                }
                outcome => outcome?,
            }
        }
        self.settle_new_object()
    }

    /// Whose bucket the route names, once it was looked up.
    pub(crate) fn bucket_owner(&self) -> Option<&AccountId> {
        self.granted.bucket.get().map(|rules| &rules.owner)
    }

    /// The rules of the bucket that the route names.
    pub(crate) fn rules(&self) -> &Arc<BucketRules> {
        self.granted.bucket.get().expect("requests on buckets are authorised before they are done")
    }

    /// May the caller delete this object (of DeleteObjects)? Each key is judged by itself (S25).
    ///
    /// # Errors
    /// AccessDenied.
    pub(crate) async fn require_delete(
        &self,
        key: &Key,
        version_id: Option<&str>,
        compares: bool,
    ) -> Result<(), S3Error> {
        let rules = self.rules();
        let resource = Resource::object(self.bucket().as_str(), key.as_str());
        let action = if version_id.is_some() { Action::DeleteObjectVersion } else { Action::DeleteObject };
        let question = Question { version_id, ..Question::new(action, resource, Some(rules.facts())) };
        self.ask(&question)?;
        if compares {
            let version = version_id.and_then(WhichVersion::parse);
            self.require_on_object(Action::GetObject, rules, (self.bucket(), key, version), None).await?;
        }
        Ok(())
    }

    /// Did the caller ask to bypass governance on `key`, and may it (b195, S24)? `sent` is what it would do then.
    pub(crate) fn bypasses_governance(&self, key: &Key, sent: Option<Sent<'_>>) -> bool {
        let resource = Resource::object(self.bucket().as_str(), key.as_str());
        let action = Action::BypassGovernanceRetention;
        let question = Question { sent, ..Question::new(action, resource, Some(self.rules().facts())) };
        is_true(self.headers, "x-amz-bypass-governance-retention") && self.ask(&question).is_ok()
    }

    /// Is a request that was refused for what its body could say allowed, now that the body is read?
    ///
    /// # Errors
    /// AccessDenied.
    pub(crate) async fn require_with_body(&self, sent: Sent<'_>) -> Result<(), S3Error> {
        if self.granted.waits_for_body.get().is_none() {
            return Ok(());
        }
        let (bucket, key, version) = (self.bucket(), self.key(), self.route.version);
        let action = needs::main_action(self.route);
        self.require_on_object(action, self.rules(), (bucket, key, version), Some(sent)).await
    }

    /// Does a policy ask for what the body will say, of an operation that asks again then?
    fn may_be_allowed_by_body(&self) -> bool {
        use Operation as O;
        let operation = self.route.operation;
        matches!(operation, O::PutObjectTagging | O::PutObjectRetention | O::PutObjectLegalHold)
            && self.policies_ask(self.rules(), |key| is_in_body(operation, key))
    }

    /// May the tags of the source go along with a copy? They are read and written like others.
    ///
    /// # Errors
    /// AccessDenied.
    pub(crate) fn require_copying_tags(&self, source: &ObjectProperties) -> Result<(), S3Error> {
        if source.tags.is_empty() {
            return Ok(());
        }
        let named = copy_source(self.headers)?;
        let rules = self.granted.source.get().expect("the source of a copy is authorised first");
        let resource = Resource::object(named.bucket.as_str(), named.key.as_str());
        let action = match named.version {
            Some(_) => Action::GetObjectVersionTagging,
            None => Action::GetObjectTagging,
        };
        let existing = Existing::of(source.clone());
        let question = Question::new(action, resource, Some(rules.facts()));
        self.ask(&Question { existing: Some(&existing), ..question })?;
        let resource = Resource::object(self.bucket().as_str(), self.key().as_str());
        let question = Question::new(Action::PutObjectTagging, resource, Some(self.rules().facts()));
        self.ask(&Question { sent: Some(Sent::Tags(&source.tags)), ..question })
    }

    /// What a caller is told of an object that is not there: that, if it may list the bucket; else what it would be told of one
    /// that it may not read (S27).
    pub(crate) fn hiding(&self, error: S3Error) -> S3Error {
        match (self.granted.bucket.get(), &self.route.key) {
            (Some(rules), Some(key)) if needs::tells_of_object(self.route.operation) => {
                self.hide(error, (self.bucket(), key), rules)
            }
            _ => error,
        }
    }

    /// The same for the source of a copy.
    pub(crate) fn hiding_source(&self, error: S3Error, source: (&BucketName, &Key)) -> S3Error {
        match self.granted.source.get() {
            Some(rules) => self.hide(error, source, rules),
            None => error,
        }
    }

    fn hide(&self, error: S3Error, (bucket, key): (&BucketName, &Key), rules: &BucketRules) -> S3Error {
        let tells = matches!(error.code, ErrorCode::NoSuchKey | ErrorCode::NoSuchVersion);
        if tells && !self.may_list(bucket, key, rules) {
            return S3Error::access_denied();
        }
        error
    }

    /// May the caller list the bucket, as far as `key`? Policies ask for s3:prefix: it is the key.
    fn may_list(&self, bucket: &BucketName, key: &Key, rules: &BucketRules) -> bool {
        let question =
            Question::new(Action::ListBucket, Resource::bucket(bucket.as_str()), Some(rules.facts()));
        self.ask(&Question { prefix: Some(key.as_str()), ..question }).is_ok()
    }

    /// b13, b73.
    fn check_owner(&self, expected: Option<String>, bucket: &BucketRecord) -> Result<(), S3Error> {
        match expected {
            Some(expected) if !self.snapshot.owner(&bucket.owner).is(&expected) => {
                let could_be = expected.len() == 12 && expected.bytes().all(|byte| byte.is_ascii_digit());
                if could_be || self.caller.principal.is_anonymous() {
                    return Err(S3Error::access_denied()); // whoever does not sign is told no more
                }
                Err(S3Error::expected_owner_is_no_account(&expected))
            }
            _ => Ok(()),
        }
    }

    async fn require(&self, need: Need) -> Result<(), S3Error> {
        let Need { action, on } = need;
        match on {
            On::Service => self.ask(&Question::new(action, Resource::Service, None)),
            On::NewBucket => self.ask(&Question::new(action, Resource::bucket(self.bucket().as_str()), None)),
            On::Bucket => {
                let resource = Resource::bucket(self.bucket().as_str());
                self.ask(&Question::new(action, resource, Some(self.rules().facts())))
            }
            On::Object => self.require_on_route(action).await,
            On::NewObject => self.require_on_new_object(action),
            On::Source => self.require_on_source(action).await,
        }
    }

    async fn require_on_route(&self, action: Action) -> Result<(), S3Error> {
        let (bucket, key, rules) = (self.bucket(), self.key(), self.rules());
        if needs::tells_of_object(self.route.operation) || action == Action::GetObject {
            return self.require_on_object(action, rules, (bucket, key, self.route.version), None).await;
        }
        let resource = Resource::object(bucket.as_str(), key.as_str());
        let question = Question::new(action, resource, Some(rules.facts()));
        match self.ask(&question) {
            Err(_) if self.is_initiator(action).await? => {
                self.ask(&Question { is_initiator: true, ..question })
            }
            outcome => outcome,
        }
    }

    /// Whoever makes an object may say who else may use it, where ACLs count and it will be its own; also nobody in particular,
    /// where the bucket's ACL lets everybody write.
    fn require_on_new_object(&self, action: Action) -> Result<(), S3Error> {
        let rules = self.rules();
        let resource = Resource::object(self.bucket().as_str(), self.key().as_str());
        let acl = match self.caller.principal.account() {
            Some(account) => Some((account.id.clone(), Acl::private(&account.id))),
            None if rules.everyone_writes() => Some((rules.owner.clone(), rules::set_by_everyone())),
            None => None,
        };
        let existing = acl.filter(|_| rules.ownership.acls_count()).map(|(owner, acl)| Existing {
            owner,
            acl,
            tags: Tags::default(),
        });
        let question = Question::new(action, resource, Some(rules.facts()));
        self.ask(&Question { existing: existing.as_ref(), ..question })
    }

    async fn require_on_source(&self, action: Action) -> Result<(), S3Error> {
        if self.route.operation == Operation::UploadPartCopy {
            crate::op::upload_part::part_number(self)?; // b74: a part that cannot be has no source to look for
        }
        let source = copy_source(self.headers)?;
        let bucket = self.store.get_bucket(&source.bucket).await.map_err(|error| match error {
            StoreError::NoSuchBucket => S3Error::no_such_bucket(source.bucket.as_str()),
            other => self.refusal(other),
        })?;
        self.check_owner(source_expected_bucket_owner(self.headers), &bucket)?;
        let rules = self.service.rules.get(&bucket);
        let rules = self.granted.source.get_or_init(|| rules);
        let named = (&source.bucket, &source.key, source.version);
        self.require_on_object(action, rules, named, None).await
    }

    /// Asks about an object that may be there. It is looked at only where its owner, ACL or tags have a say.
    async fn require_on_object(
        &self,
        action: Action,
        rules: &BucketRules,
        (bucket, key, version): (&BucketName, &Key, Option<WhichVersion>),
        sent: Option<Sent<'_>>,
    ) -> Result<(), S3Error> {
        let resource = Resource::object(bucket.as_str(), key.as_str());
        let question = Question { sent, ..Question::new(action, resource, Some(rules.facts())) };
        let asks_tags = |key: &ConditionKey| matches!(key, ConditionKey::ExistingObjectTag(_));
        if !rules.ownership.acls_count() && !self.policies_ask(rules, asks_tags) {
            return self.ask(&question);
        }
        match self.store.head_object(bucket, key, version).await {
            Ok(record) => {
                let existing = Existing::of(record.properties);
                self.ask(&Question { existing: Some(&existing), ..question })
            }
            Err(
                StoreError::NoSuchKey
                | StoreError::NoSuchVersion
                | StoreError::InvalidVersion
                | StoreError::DeleteMarker { .. },
            ) => match self.decide(&question) {
                Ok(()) => Ok(()),
                // There is no ACL that could say more. Who may list the bucket learns that there is no object either.
                Err(refusal) if !refusal.is_explicit && self.may_list(bucket, key, rules) => Ok(()),
                Err(refusal) => Err(refusal.error),
            },
            Err(error) => Err(self.refusal(error)),
        }
    }

    /// Does any policy that counts ask for a key that is one of `these`?
    fn policies_ask(&self, rules: &BucketRules, these: impl Fn(&ConditionKey) -> bool) -> bool {
        let principal = &self.caller.principal;
        let of_user = principal.user().into_iter().flat_map(|user| &user.policies);
        let of_user = of_user.map(|attached| &*attached.policy);
        let of_session = principal.session().into_iter().flat_map(|session| &session.policies);
        let mut all = of_user.chain(of_session.map(|policy| &**policy)).chain(rules.policy.as_ref());
        all.any(|policy| policy.asks(&these))
    }

    /// b165: did the caller initiate the upload that it wants to abort or list?
    async fn is_initiator(&self, action: Action) -> Result<bool, S3Error> {
        if !matches!(action, Action::AbortMultipartUpload | Action::ListMultipartUploadParts) {
            return Ok(false);
        }
        let Some(id) = self.query.get("uploadId").and_then(UploadId::parse) else { return Ok(false) };
        let name = crate::op::UploadName { bucket: self.bucket().clone(), key: self.key().clone(), id };
        match self.store.open_upload(&name).await {
            Ok(upload) => Ok(Some(upload.initiator) == self.initiator()),
            Err(StoreError::NoSuchUpload) => Ok(false),
            Err(error) => Err(self.refusal(error)),
        }
    }

    fn ask(&self, question: &Question<'_>) -> Result<(), S3Error> {
        self.decide(question).map_err(|refusal| refusal.error)
    }

    fn decide(&self, question: &Question<'_>) -> Result<(), Refusal> {
        let now = self.store.now();
        let owner = question.bucket.map(|bucket| self.snapshot.owner(bucket.owner));
        let conditions = RequestConditions {
            operation: self.route.operation,
            headers: self.headers,
            query: self.query,
            peer: self.peer,
            via: self.via,
            region: &self.service.options.region,
            now,
            resource_account: owner.as_ref().map(|owner| owner.account_id.as_str()),
            existing_tags: question.existing.map(|existing| &existing.tags),
            sent: question.sent,
            version_id: question.version_id,
            prefix: question.prefix,
        };
        let principal = &self.caller.principal;
        let request = AccessRequest {
            principal,
            action: question.action,
            resource: &question.resource,
            conditions: &conditions,
            now,
            bucket: question.bucket,
            object: question.existing.map(|object| ObjectFacts { owner: &object.owner, acl: &object.acl }),
            is_initiator: question.is_initiator,
        };
        let decision = judge(&request);
        if decision.allowed {
            return Ok(());
        }
        let reason = decision.refusal(principal, question.action, &question.resource);
        debug!(target: "access", request_id = self.request_id, reason, "refused");
        if decision.because == Because::OwnerOnly {
            let error = S3Error::method_not_allowed(self.method.as_str(), "BUCKETPOLICY");
            return Err(Refusal { error, is_explicit: true });
        }
        let is_own = question.bucket.is_none_or(|bucket| is_of(principal, bucket.owner));
        let denied = S3Error::access_denied();
        // Strangers are not told how the bucket is protected.
        let error = if is_own && !principal.is_anonymous() { denied.message(reason) } else { denied };
        Err(Refusal { error, is_explicit: matches!(decision.because, Because::Denied(_)) })
    }
}

/// Does a policy of its own deny a principal this action of another service?
pub(crate) fn is_denied(principal: &Principal, action: Action, now: Timestamp) -> bool {
    let request = AccessRequest {
        principal,
        action,
        resource: &Resource::Service,
        conditions: &NoConditions,
        now,
        bucket: None,
        object: None,
        is_initiator: false,
    };
    matches!(judge(&request).because, Because::Denied(_))
}

fn is_of(principal: &Principal, account: &AccountId) -> bool {
    principal.account().is_some_and(|own| own.id == *account)
}
