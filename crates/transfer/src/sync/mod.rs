//! Sync: what has to be copied and deleted so that one side becomes like the other, and doing it.

pub mod alike;
pub mod decide;
pub mod plan;
pub mod run;

pub use alike::alike;
pub use decide::{Action, Compare, Reason, Rules};
pub use plan::{Planner, Step};
pub use run::{End, Hands, RunOptions, Tally, run};
