//! Who may do what: policies, ACLs, public access, ownership, and the one judgement over all of them. Pure.
//!
//! Start at [`authorise()`]. It takes an [`AccessRequest`] (who, which action, on what, under which conditions, and the facts
//! about bucket and object) and gives a [`Decision`] that says which rule decided.

pub mod acl;
mod action;
pub mod authorise;
mod condition_key;
mod decision;
pub mod ownership;
mod pattern;
pub mod policy;
pub mod principal;
pub mod public;
mod request;
mod truth;

pub use acl::CannedAcl;
pub use action::{Action, ActionSet, ResourceKind};
pub use authorise::authorise;
pub use condition_key::ConditionKey;
pub use decision::{Because, Decision, Missing, Source, StatementRef};
pub use ownership::ObjectOwnership;
pub use policy::{Policy, PolicyError, PolicyKind};
pub use principal::{Account, AttachedPolicy, Parent, Principal, Session, User};
pub use public::PublicAccessBlock;
pub use request::{AccessRequest, BucketFacts, Conditions, NoConditions, ObjectFacts, Resource, Values};
