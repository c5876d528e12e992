//! Pauses between attempts to connect: exponential, with jitter, so that instances don't come back in step.

use std::time::Duration;

/// Counts failures and says how long to wait after each.
#[derive(Debug, Clone)]
pub(super) struct Backoff {
    first: Duration,
    longest: Duration,
    failures: u32,
    random: SplitMix,
}

impl Backoff {
    /// Pauses from `first` to `longest`, jittered from `seed` on.
    pub(super) fn new(first: Duration, longest: Duration, seed: u64) -> Self {
        Self { first, longest: longest.max(first), failures: 0, random: SplitMix(seed) }
    }

    /// The pause after one more failure: between half and all of `first * 2^failures`, at least `at_least`.
    pub(super) fn failed(&mut self, at_least: Duration) -> Duration {
        let whole = self.first.saturating_mul(1u32 << self.failures.min(20)).min(self.longest.max(at_least));
        self.failures = self.failures.saturating_add(1);
        let whole = whole.max(at_least);
        let half = whole / 2;
        at_least.max(half + self.jitter(half))
    }

    /// Starts over after a success.
    pub(super) fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// A random share of `span`.
    pub(super) fn jitter(&mut self, span: Duration) -> Duration {
        let share = self.random.next() >> 32;
        let nanos = (u128::from(share) * span.as_nanos()) >> 32;
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

/// The SplitMix64 generator: small, seeded, good enough to spread pauses.
#[derive(Debug, Clone)]
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pauses_grow_within_their_bounds(seed: u64, first in 1u64..1_000, longest in 1u64..60_000) {
            let (first, longest) = (Duration::from_millis(first), Duration::from_millis(longest));
            let mut backoff = Backoff::new(first, longest, seed);
            for failure in 0..40u32 {
                let whole = first.saturating_mul(1 << failure.min(20)).min(longest.max(first));
                let pause = backoff.failed(Duration::ZERO);
                prop_assert!(pause >= whole / 2 && pause <= whole, "{pause:?} of {whole:?}");
            }
            backoff.succeeded();
            prop_assert!(backoff.failed(Duration::ZERO) <= first);
        }

        #[test]
        fn a_floor_holds(seed: u64, floor in 1u64..100_000) {
            let floor = Duration::from_millis(floor);
            let mut backoff = Backoff::new(Duration::from_millis(10), Duration::from_secs(10), seed);
            prop_assert!(backoff.failed(floor) >= floor);
        }
    }

    #[test]
    fn seeds_spread_pauses() {
        let pause = |seed| Backoff::new(Duration::from_secs(1), Duration::from_secs(1), seed).failed(Duration::ZERO);
        assert_ne!(pause(1), pause(2));
        assert_eq!(pause(1), pause(1));
    }
}
