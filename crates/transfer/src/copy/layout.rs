//! Layout: how an object is cut into parts, as it is or as a copy will be. Pure.

use crate::plan::{Plan, PlanError};
use drystone_types::limits::{PART_COUNT_MAX, PART_SIZE_MAX_BYTES, PART_SIZE_MIN_BYTES};

const MIB: u64 = 1 << 20;
/// Shortest part of a copy that keeps no layout: below, the requests cost more than they make parallel.
const COPY_PART_MIN_BYTES: u64 = 16 * MIB;
/// Longest part of such a copy, where 10,000 parts allow: a part that fails is copied again as a whole.
const COPY_PART_BYTES: u64 = 512 * MIB;
/// Parts that such a copy aims at: enough to keep a store busy.
const COPY_PART_COUNT: u64 = 64;

/// Lengths of the parts of an object, in order. There is at least one part, and none but the last is too short for S3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Ends of the parts, in bytes from the object's start.
    ends: Vec<u64>,
}

impl Layout {
    /// Parts of these lengths; `None` when S3 would not take them, or they are not `object_size` together.
    pub fn of_lens(lens: impl IntoIterator<Item = u64>, object_size: u64) -> Option<Self> {
        let mut ends: Vec<u64> = Vec::new();
        let mut is_short = false;
        for len in lens {
            if is_short || len == 0 || len > PART_SIZE_MAX_BYTES || ends.len() >= usize::from(PART_COUNT_MAX)
            {
                return None;
            }
            is_short = len < PART_SIZE_MIN_BYTES;
            ends.push(ends.last().copied().unwrap_or(0).checked_add(len)?);
        }
        (ends.last() == Some(&object_size)).then_some(Self { ends })
    }

    /// `count` parts, the first one of `first_len` bytes, all others as long, the last one perhaps shorter: what a HEAD of part 1
    /// lets one suppose. `None` when that cannot be.
    pub fn equal(first_len: u64, count: u32, object_size: u64) -> Option<Self> {
        let fits = first_len > 0 && object_size.div_ceil(first_len) == u64::from(count);
        let lens = (0..u64::from(count)).map(|n| first_len.min(object_size - n * first_len));
        if fits { Self::of_lens(lens, object_size) } else { None }
    }

    /// As a plan says.
    pub fn of_plan(plan: &Plan) -> Self {
        let ends = (1..=plan.part_count()).map(|number| {
            let (start, len) = plan.part(number);
            start + len
        });
        Self { ends: ends.collect() }
    }

    /// Parts for a copy of an object whose own are not known.
    ///
    /// # Errors
    /// [`PlanError`] when no parts, or none of the `wanted` length, can hold it.
    pub fn for_copy(object_size: u64, wanted: Option<u64>) -> Result<Self, PlanError> {
        let aimed = object_size.div_ceil(COPY_PART_COUNT).next_multiple_of(MIB);
        let least = object_size.div_ceil(u64::from(PART_COUNT_MAX)).next_multiple_of(MIB);
        let chosen = aimed.clamp(COPY_PART_MIN_BYTES, COPY_PART_BYTES).max(least).min(PART_SIZE_MAX_BYTES);
        Ok(Self::of_plan(&Plan::new(object_size, Some(wanted.unwrap_or(chosen)))?))
    }

    /// How many parts.
    pub fn count(&self) -> u32 {
        u32::try_from(self.ends.len()).expect("at most 10,000 parts")
    }

    /// Bytes of all parts.
    pub fn object_size(&self) -> u64 {
        self.ends.last().copied().expect("a layout has a part")
    }

    /// First byte and length of a part, by its number from 1.
    ///
    /// # Panics
    /// When there is no such part.
    pub fn part(&self, part_number: u32) -> (u64, u64) {
        let index = part_number.checked_sub(1).expect("parts are numbered from 1") as usize;
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        (start, self.ends[index] - start)
    }

    /// As [`Layout::part`]; `None` when there is no such part.
    pub fn part_checked(&self, part_number: u32) -> Option<(u64, u64)> {
        (1..=self.count()).contains(&part_number).then(|| self.part(part_number))
    }

    /// First byte and length of every part.
    pub fn parts(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        (1..=self.count()).map(|number| self.part(number))
    }

    /// Length of all parts but the last, which may be shorter; `None` when they are not equal.
    pub fn equal_part_size(&self) -> Option<u64> {
        let (_, first) = self.part(1);
        Self::equal(first, self.count(), self.object_size()).filter(|equal| equal == self).map(|_| first)
    }
}

#[cfg(test)]
mod tests {
    use super::{COPY_PART_BYTES, COPY_PART_MIN_BYTES, Layout, MIB};
    use proptest::prelude::*;

    const GIB: u64 = 1024 * MIB;

    #[test]
    fn lengths_that_s3_takes_make_a_layout() {
        let cases: [(&[u64], bool); 9] = [
            (&[5 * MIB, 5 * MIB, 1], true),
            (&[1], true),
            (&[5 * MIB, 7 * MIB, 6 * MIB], true),
            (&[], false),
            (&[0], false),
            (&[5 * MIB, 0], false),
            (&[1, 5 * MIB], false),
            (&[5 * GIB], true),
            (&[5 * GIB + 1], false),
        ];
        for (lens, is_good) in cases {
            let size = lens.iter().sum();
            let layout = Layout::of_lens(lens.iter().copied(), size);
            assert_eq!(layout.is_some(), is_good, "{lens:?}");
            assert_eq!(Layout::of_lens(lens.iter().copied(), size + 1), None, "{lens:?} are not all of it");
        }
        assert_eq!(Layout::of_lens(std::iter::repeat_n(5 * MIB, 10_001), 10_001 * 5 * MIB), None);
        assert_eq!(Layout::of_lens([u64::MAX, 2], 1), None);
    }

    #[test]
    fn equal_parts_follow_from_the_first_one_and_the_count() {
        let layout = Layout::equal(8 * MIB, 3, 20 * MIB).unwrap();
        assert_eq!(
            layout.parts().collect::<Vec<_>>(),
            [(0, 8 * MIB), (8 * MIB, 8 * MIB), (16 * MIB, 4 * MIB)]
        );
        assert_eq!((layout.count(), layout.object_size()), (3, 20 * MIB));
        assert_eq!(layout.equal_part_size(), Some(8 * MIB));
        let other = Layout::of_lens([8 * MIB, 9 * MIB, MIB], 18 * MIB).unwrap();
        assert_eq!(other.equal_part_size(), None);
        assert_eq!(Layout::equal(8 * MIB, 2, 20 * MIB), None);
        assert_eq!(Layout::equal(8 * MIB, 4, 20 * MIB), None);
        assert_eq!(Layout::equal(0, 1, 0), None);
        assert_eq!(Layout::equal(3, 1, 3).unwrap().count(), 1);
    }

    #[test]
    fn parts_of_a_copy_are_neither_many_nor_huge() {
        let cases = [
            (100_000_000, COPY_PART_MIN_BYTES, 6),
            (5 * GIB + 1, 81 * MIB, 64),
            (64 * GIB, COPY_PART_BYTES, 128),
            (5120 * GIB, 525 * MIB, 9987),
            (10_000 * 5 * GIB, 5 * GIB, 10_000),
        ];
        for (size, part_size, count) in cases {
            let layout = Layout::for_copy(size, None).unwrap();
            assert_eq!((layout.part(1).1, layout.count()), (part_size, count), "{size}");
        }
        assert!(Layout::for_copy(10_000 * 5 * GIB + 1, None).is_err());
        assert!(Layout::for_copy(GIB, Some(1)).is_err());
        assert_eq!(Layout::for_copy(GIB, Some(256 * MIB)).unwrap().count(), 4);
    }

    proptest! {
        #[test]
        fn parts_cover_every_byte_once(size in 1..=10_000 * 5 * GIB) {
            let layout = Layout::for_copy(size, None).unwrap();
            let mut end = 0;
            for (start, len) in layout.parts() {
                prop_assert_eq!(start, end);
                end += len;
            }
            prop_assert_eq!(end, size);
            prop_assert_eq!(Layout::of_lens(layout.parts().map(|(_, len)| len), size), Some(layout));
        }
    }
}
