//! The suite that every engine passes: what each step promises, checked through the trait alone.
//!
//! After every step the whole store is audited: each blob has exactly one owner ([`every_blob_accounted`]).

#![expect(clippy::missing_panics_doc, reason = "a suite of assertions panics by design")]

use std::sync::Arc;

use crate::MetaStore;

pub mod accounting;
pub mod buckets;
pub mod conditions;
pub mod events;
pub mod lists;
pub mod locks;
pub mod objects;
pub mod settings;
pub mod sweep;
pub mod tester;
pub mod uploads;
pub mod usage;
pub mod values;
pub mod version_lists;
pub mod versions;

pub use accounting::{Accounts, every_blob_accounted};
pub use tester::Tester;

/// A store under test.
pub type Store = Arc<dyn MetaStore>;

/// Runs the whole suite; `make` gives a fresh, empty store each time.
pub async fn all<F, Fut>(make: F)
where
    F: Fn() -> Fut,
    Fut: Future<Output = Store>,
{
    buckets::all(&make).await;
    objects::all(&make).await;
    uploads::all(&make).await;
    conditions::all(&make).await;
    lists::all(&make).await;
    sweep::all(&make).await;
    settings::all(&make).await;
    versions::all(&make).await;
    version_lists::all(&make).await;
    locks::all(&make).await;
    usage::all(&make).await;
    events::all(&make).await;
}

/// Makes `pub async fn all`, which runs each case on a store of its own.
macro_rules! cases {
    ($($case:ident),+ $(,)?) => {
        /// Runs all cases of this file, each on a fresh store.
        pub async fn all<F, Fut>(make: &F)
        where
            F: Fn() -> Fut,
            Fut: Future<Output = crate::conformance::Store>,
        {
            $({
                let tester = crate::conformance::Tester::new(make().await).await;
                $case(&tester).await;
                tester.accounts().await;
            })+
        }
    };
}
use cases;

/// Asserts that a result is a certain error.
macro_rules! assert_fails {
    ($result:expr, $error:pat $(if $guard:expr)?) => {
        match $result {
            Err($error) $(if $guard)? => {}
            other => panic!("expected {}, got {other:?}", stringify!($error)),
        }
    };
}
use assert_fails;
