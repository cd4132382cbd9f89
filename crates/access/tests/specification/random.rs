//! Random numbers from a seed, which every failure prints.

/// SplitMix64.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// The seed of the environment's `ACCESS_SEED`, or a fixed one: the same tests on every machine.
    pub(crate) fn seed() -> u64 {
        std::env::var("ACCESS_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(20_261_122)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 0 to `below` - 1.
    pub(crate) fn below(&mut self, below: usize) -> usize {
        usize::try_from(self.next() % below as u64).expect("smaller than a usize")
    }

    /// True in `percent` of 100 cases.
    pub(crate) fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of them.
    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// One or more of them, mostly one.
    pub(crate) fn some(&mut self, from: &[&str]) -> Vec<String> {
        let count = 1 + usize::from(self.percent(35)) + usize::from(self.percent(15));
        (0..count).map(|_| (*self.pick(from)).to_owned()).collect()
    }
}
