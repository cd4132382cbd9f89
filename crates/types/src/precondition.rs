//! WritePrecondition: what must hold of the current object for a write to take place.

use crate::ETag;

/// Condition of a conditional write, judged inside the step that commits it (b146-b157).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WritePrecondition {
    /// Unconditional.
    #[default]
    None,
    /// `If-Match: <etag>`: the key holds exactly this ETag. An ETag that could not be read matches nothing.
    IfMatch(Option<ETag>),
    /// `If-None-Match: *`: the key holds nothing.
    IfNoneMatchAny,
}

/// How a precondition fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PreconditionFailure {
    /// 412, with the header's name.
    Failed(&'static str),
    /// 404: If-Match, but the key holds nothing (b149).
    NoSuchKey,
    /// 409: it would hold, but the key was written or deleted since the upload began (b150, b152).
    Conflict(&'static str),
}

impl WritePrecondition {
    /// Judges the condition.
    ///
    /// `current` is the ETag under the key now; `changed_since_create` tells whether the key was written or deleted
    /// after the upload was created (always `false` for writes that are no Complete).
    ///
    /// # Errors
    /// The [`PreconditionFailure`] that AWS would report.
    pub fn judge(
        &self,
        current: Option<ETag>,
        changed_since_create: bool,
    ) -> Result<(), PreconditionFailure> {
        match (self, current) {
            (Self::IfMatch(_), None) => Err(PreconditionFailure::NoSuchKey),
            (Self::IfMatch(wanted), Some(current)) if *wanted != Some(current) => {
                Err(PreconditionFailure::Failed("If-Match"))
            }
            (Self::IfMatch(_), Some(_)) if changed_since_create => {
                Err(PreconditionFailure::Conflict("If-Match"))
            }
            (Self::IfNoneMatchAny, Some(_)) => Err(PreconditionFailure::Failed("If-None-Match")),
            (Self::IfNoneMatchAny, None) if changed_since_create => {
                Err(PreconditionFailure::Conflict("If-None-Match"))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{PreconditionFailure as F, WritePrecondition as W};
    use crate::ETag;

    #[test]
    fn b147_to_b154_the_table_of_conditional_completes() {
        let a = ETag::single([1; 16]);
        let b = ETag::single([2; 16]);
        let cases = [
            (W::None, None, true, Ok(())),
            (W::None, Some(a), true, Ok(())),
            (W::IfNoneMatchAny, None, false, Ok(())),
            (W::IfNoneMatchAny, Some(a), false, Err(F::Failed("If-None-Match"))), // b147
            (W::IfNoneMatchAny, None, true, Err(F::Conflict("If-None-Match"))),   // b152
            (W::IfNoneMatchAny, Some(a), true, Err(F::Failed("If-None-Match"))),  // b153
            (W::IfMatch(Some(a)), Some(a), false, Ok(())),
            (W::IfMatch(Some(a)), Some(b), false, Err(F::Failed("If-Match"))), // b148
            (W::IfMatch(Some(a)), None, false, Err(F::NoSuchKey)),             // b149
            (W::IfMatch(Some(a)), Some(a), true, Err(F::Conflict("If-Match"))), // b150
            (W::IfMatch(Some(a)), Some(b), true, Err(F::Failed("If-Match"))),  // b151
            (W::IfMatch(Some(a)), None, true, Err(F::NoSuchKey)),              // b154
            (W::IfMatch(None), Some(a), false, Err(F::Failed("If-Match"))),
        ];
        for (precondition, current, changed, expected) in cases {
            assert_eq!(
                precondition.judge(current, changed),
                expected,
                "{precondition:?} {current:?} {changed}"
            );
        }
    }
}
