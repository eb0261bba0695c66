/// A small reproducible generator (SplitMix64): the seed is printed, and `PORTICO_TEST_SEED` repeats a run.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// With a seed of its own, which is printed.
    pub(crate) fn announced() -> Self {
        let given = std::env::var("PORTICO_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
        let (fresh, _) = uuid::Uuid::new_v4().as_u64_pair();
        let seed = given.unwrap_or(fresh);
        println!("PORTICO_TEST_SEED={seed}");
        Self(seed)
    }

    /// Another generator, for a task of its own.
    pub(crate) fn branch(&mut self) -> Self {
        Self(self.next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// True once in `times`.
    pub(crate) fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
}
