//! Plan: how a file or a stream is cut into parts. Pure.

use drystone_types::limits::{PART_COUNT_MAX, PART_SIZE_MAX_BYTES, PART_SIZE_MIN_BYTES};
use serde::{Deserialize, Serialize};

const MIB: u64 = 1 << 20;
/// Length of parts while 10,000 of them suffice: small enough to lose little, large enough that requests cost little.
pub const PART_SIZE_DEFAULT_BYTES: u64 = 16 * MIB;
/// Parts of a stream double after each so many.
const STREAM_DOUBLES_AFTER: u32 = 125;

/// A size that no plan can hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// More than 10,000 parts of 5 GiB.
    #[error("{0} bytes are more than S3 can hold in one object: 10,000 parts of 5 GiB")]
    TooLarge(u64),
    /// The chosen part size is illegal.
    #[error("parts of {0} bytes are not possible: S3 takes 5 MiB to 5 GiB")]
    PartSize(u64),
    /// With the chosen part size there would be more than 10,000 parts.
    #[error(
        "{object_size} bytes in parts of {part_size_bytes} would be more than 10,000 parts; try --part-size {least_mib}MiB, or leave it out"
    )]
    TooManyParts {
        /// Bytes of the object.
        object_size: u64,
        /// Bytes of a part.
        part_size_bytes: u64,
        /// The least size that would do, in MiB.
        least_mib: u64,
    },
}

/// How something of known size is cut: equal parts, the last one shorter (R2 takes nothing else).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Bytes in all.
    pub object_size: u64,
    /// Bytes of each part but the last.
    pub part_size_bytes: u64,
}

impl Plan {
    /// Chooses how to cut `object_size` bytes, or does it as `wanted`.
    ///
    /// # Errors
    /// [`PlanError`].
    ///
    /// # Source
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>, read 2026-08.
    pub fn new(object_size: u64, wanted: Option<u64>) -> Result<Self, PlanError> {
        let least = object_size.div_ceil(u64::from(PART_COUNT_MAX));
        if least > PART_SIZE_MAX_BYTES {
            return Err(PlanError::TooLarge(object_size));
        }
        let part_size_bytes = match wanted {
            Some(size) if !(PART_SIZE_MIN_BYTES..=PART_SIZE_MAX_BYTES).contains(&size) => {
                return Err(PlanError::PartSize(size));
            }
            Some(part_size_bytes) if part_size_bytes < least => {
                let least_mib = least.div_ceil(MIB);
                return Err(PlanError::TooManyParts { object_size, part_size_bytes, least_mib });
            }
            Some(size) => size,
            None => least.next_multiple_of(MIB).clamp(PART_SIZE_DEFAULT_BYTES, PART_SIZE_MAX_BYTES),
        };
        Ok(Self { object_size, part_size_bytes })
    }

    /// How many parts: at least one, even of nothing.
    pub fn part_count(&self) -> u32 {
        let count = self.object_size.div_ceil(self.part_size_bytes).max(1);
        u32::try_from(count).expect("a plan has at most 10,000 parts")
    }

    /// First byte and length of a part, by its number from 1.
    ///
    /// # Panics
    /// When there is no such part.
    pub fn part(&self, part_number: u32) -> (u64, u64) {
        assert!((1..=self.part_count()).contains(&part_number), "no part {part_number} in {self:?}");
        let start = u64::from(part_number - 1) * self.part_size_bytes;
        (start, self.part_size_bytes.min(self.object_size - start))
    }
}

/// The length of part `part_number` (from 1) of a stream whose end is not known. Parts grow, so that 10,000 hold 43 TiB from a first one of 16 MiB.
pub fn stream_part_size(part_number: u32, first: u64) -> u64 {
    let doublings = (part_number - 1) / STREAM_DOUBLES_AFTER;
    first.checked_shl(doublings.min(20)).unwrap_or(PART_SIZE_MAX_BYTES).min(PART_SIZE_MAX_BYTES)
}

#[cfg(test)]
mod tests {
    use super::{PART_SIZE_DEFAULT_BYTES, Plan, PlanError, stream_part_size};
    use proptest::prelude::*;

    const MIB: u64 = 1 << 20;
    const GIB: u64 = 1 << 30;
    const LARGEST: u64 = 10_000 * 5 * GIB;

    #[test]
    fn sizes_and_parts() {
        let cases = [
            (0, 16 * MIB, 1),
            (1, 16 * MIB, 1),
            (100_000_000, 16 * MIB, 6),
            (10_000 * 16 * MIB, 16 * MIB, 10_000),
            (10_000 * 16 * MIB + 1, 17 * MIB, 9412),
            (LARGEST, 5 * GIB, 10_000),
        ];
        for (size, part_size_bytes, count) in cases {
            let plan = Plan::new(size, None).unwrap();
            assert_eq!((plan.part_size_bytes, plan.part_count()), (part_size_bytes, count), "{size}");
        }
    }

    #[test]
    fn what_s3_cannot_hold_is_refused() {
        assert_eq!(Plan::new(LARGEST + 1, None), Err(PlanError::TooLarge(LARGEST + 1)));
        assert_eq!(Plan::new(1, Some(5 * MIB - 1)), Err(PlanError::PartSize(5 * MIB - 1)));
        assert_eq!(Plan::new(1, Some(5 * GIB + 1)), Err(PlanError::PartSize(5 * GIB + 1)));
        let error = Plan::new(90_000 * MIB, Some(8 * MIB)).unwrap_err();
        assert!(error.to_string().contains("--part-size 9MiB"), "{error}");
    }

    #[test]
    fn a_stream_never_runs_out_of_parts() {
        let sum: u64 = (1..=10_000).map(|n| stream_part_size(n, PART_SIZE_DEFAULT_BYTES)).sum();
        assert!(sum > 40 << 40, "{sum}");
        assert_eq!(stream_part_size(1, 5 * MIB), 5 * MIB);
        assert_eq!(stream_part_size(126, 5 * MIB), 10 * MIB);
        assert_eq!(stream_part_size(10_000, 5 * MIB), 5 * GIB);
    }

    proptest! {
        #[test]
        fn parts_cover_every_byte_once(size in 0..=LARGEST, wanted in proptest::option::of(5 * MIB..=5 * GIB)) {
            if let Ok(plan) = Plan::new(size, wanted) {
                let count = plan.part_count();
                prop_assert!((1..=10_000).contains(&count));
                let (start, len) = plan.part(count);
                prop_assert_eq!(start + len, size);
                let (start, len) = plan.part(1);
                prop_assert_eq!(start, 0);
                prop_assert!(len == plan.part_size_bytes || count == 1);
            }
        }
    }
}
