//! Fit: how an open upload was cut, from the parts that the store lists and the length of the file. Pure.

use crate::plan::{Plan, PlanError};
use crate::upload::reconcile::ListedPart;
use drystone_types::limits::{PART_SIZE_MAX_BYTES, PART_SIZE_MIN_BYTES};

/// Why a file cannot be what an upload was begun with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// Parts of more than one length, besides the last one.
    #[error(
        "part {first} has {first_len} bytes and part {second} has {second_len}: only uploads of equal parts can be taken over"
    )]
    Unequal {
        /// Number of a part.
        first: u64,
        /// Its bytes.
        first_len: u64,
        /// Number of another one.
        second: u64,
        /// Its bytes.
        second_len: u64,
    },
    /// A part lies behind the end of the file.
    #[error("part {number} of {len} bytes would end behind the file's {file_size} bytes")]
    Longer {
        /// Number of the part.
        number: u64,
        /// Its bytes.
        len: u64,
        /// Bytes of the file.
        file_size: u64,
    },
    /// No plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
}

/// The plan that an upload of a file of `file_size` bytes followed, whose parts so far are `parts`: all of one length, but the last
/// one may be shorter. `wanted` is the length of parts when there is none yet.
///
/// # Errors
/// [`Misfit`] when no plan fits: then the upload is of something else, or was made otherwise.
pub fn fit(parts: &[ListedPart], file_size: u64, wanted: Option<u64>) -> Result<Plan, Misfit> {
    let Some(last) = parts.iter().max_by_key(|part| part.part_number) else {
        return Ok(Plan::new(file_size, wanted)?);
    };
    let others = parts.iter().filter(|part| part.part_number != last.part_number);
    let part_size = match others.clone().map(|part| part.size).max() {
        Some(part_size) => part_size,
        None => alone(last, file_size),
    };
    if let Some(odd) = others.clone().find(|part| part.size != part_size) {
        return Err(unequal(odd, others.clone().find(|part| part.size == part_size).unwrap_or(last)));
    }
    let longer = |part: &ListedPart| Misfit::Longer { number: part.part_number, len: part.size, file_size };
    let end =
        |part: &ListedPart| part.part_number.checked_sub(1)?.checked_mul(part_size)?.checked_add(part.size);
    let last_end = end(last).filter(|end| *end <= file_size).ok_or_else(|| longer(last))?;
    if last.size != part_size && last_end != file_size {
        return Err(unequal(last, others.clone().next().unwrap_or(last)));
    }
    // A part that is the whole file may be as short as it likes; a plan has longer parts, of which it is the first and the last.
    let planned = if file_size == part_size { part_size.max(PART_SIZE_MIN_BYTES) } else { part_size };
    Ok(Plan::new(file_size, Some(planned))?)
}

/// Length of all parts, when only one is there: its own, unless it can only be the shorter one at the end.
fn alone(part: &ListedPart, file_size: u64) -> u64 {
    let before = part.part_number.saturating_sub(1);
    let fits = part.size >= PART_SIZE_MIN_BYTES && part.part_number.saturating_mul(part.size) <= file_size;
    let rest = file_size.saturating_sub(part.size);
    let is_last = before > 0 && rest.is_multiple_of(before) && rest / before >= part.size;
    if !fits && is_last && rest / before <= PART_SIZE_MAX_BYTES { rest / before } else { part.size }
}

fn unequal(first: &ListedPart, second: &ListedPart) -> Misfit {
    Misfit::Unequal {
        first: first.part_number,
        first_len: first.size,
        second: second.part_number,
        second_len: second.size,
    }
}

#[cfg(test)]
mod tests {
    use super::{Misfit, fit};
    use crate::plan::Plan;
    use crate::upload::reconcile::ListedPart;
    use proptest::prelude::*;

    const MIB: u64 = 1 << 20;

    fn listed(parts: &[(u64, u64)]) -> Vec<ListedPart> {
        let part = |(part_number, size): &(u64, u64)| ListedPart {
            part_number: *part_number,
            size: *size,
            etag: "e".to_owned(),
            checksum: None,
        };
        parts.iter().map(part).collect()
    }

    #[test]
    fn the_part_size_follows_from_the_parts() {
        type Case<'a> = (&'a [(u64, u64)], u64, Result<u64, &'a str>);
        let cases: [Case<'_>; 18] = [
            (&[], 100 * MIB, Ok(16 * MIB)),
            (&[(1, 8 * MIB)], 20 * MIB, Ok(8 * MIB)),
            (&[(2, 8 * MIB)], 20 * MIB, Ok(8 * MIB)),
            (&[(1, 8 * MIB), (3, 4 * MIB)], 20 * MIB, Ok(8 * MIB)),
            // Only the last one is there.
            (&[(3, 4 * MIB)], 20 * MIB, Ok(8 * MIB)),
            // Two plans fit: its own length wins.
            (&[(3, 6 * MIB)], 20 * MIB, Ok(6 * MIB)),
            (&[(3, 7 * MIB)], 21 * MIB, Ok(7 * MIB)),
            (&[(1, 9 * MIB)], 9 * MIB, Ok(9 * MIB)),
            (&[(1, 3)], 3, Ok(5 * MIB)),
            (&[(1, 8 * MIB), (2, 8 * MIB)], 16 * MIB, Ok(8 * MIB)),
            // Another file.
            (&[(1, 8 * MIB), (2, 8 * MIB)], 15 * MIB, Err("part 2 of 8388608 bytes would end behind")),
            (&[(1, 8 * MIB), (3, 4 * MIB)], 21 * MIB, Err("equal parts")),
            (&[(1, 8 * MIB), (2, 9 * MIB), (3, 8 * MIB)], 90 * MIB, Err("equal parts")),
            (&[(1, 3)], 20 * MIB, Err("5 MiB to 5 GiB")),
            (&[(1, 6 * MIB), (2, 7 * MIB)], 90 * MIB, Err("equal parts")),
            (&[(1, 5 * MIB)], 90_000 * MIB, Err("10,000")),
            (&[(0, 5 * MIB)], 90 * MIB, Err("behind")),
            (&[(u64::MAX, 5 * MIB), (1, 5 * MIB)], 90 * MIB, Err("behind")),
        ];
        for (parts, file_size, want) in cases {
            let found = fit(&listed(parts), file_size, None);
            match want {
                Ok(part_size) => {
                    assert_eq!(found.map(|plan| plan.part_size_bytes), Ok(part_size), "{parts:?}");
                }
                Err(why) => {
                    let error = found.unwrap_err().to_string();
                    assert!(error.contains(why), "{parts:?}: {error}");
                }
            }
        }
    }

    #[test]
    fn misfits_name_the_parts() {
        let error = fit(&listed(&[(1, 6 * MIB), (2, 7 * MIB), (3, 7 * MIB)]), 90 * MIB, None).unwrap_err();
        assert_eq!(error, Misfit::Unequal { first: 1, first_len: 6 * MIB, second: 2, second_len: 7 * MIB });
    }

    proptest! {
        #[test]
        fn whatever_parts_of_a_plan_are_there_the_plan_is_found(
            size in 1..2000 * MIB, part_size in 5 * MIB..64 * MIB, seed in any::<u64>(),
        ) {
            let plan = Plan::new(size, Some(part_size)).unwrap();
            let parts: Vec<_> = (1..=plan.part_count())
                .filter(|number| seed.rotate_left(*number).trailing_zeros() >= 2)
                .map(|number| (u64::from(number), plan.part(number).1))
                .collect();
            // One part alone may fit more than one plan.
            prop_assume!(parts.len() > 1);
            prop_assert_eq!(fit(&listed(&parts), size, None), Ok(plan));
        }
    }
}
