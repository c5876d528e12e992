//! Names for requests, by which a client's report and the log's lines are brought together.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Gives each request a name: a prefix that differs between instances and starts, and a number.
#[derive(Debug)]
pub struct RequestIds {
    prefix: String,
    next: AtomicU64,
}

impl RequestIds {
    /// Names that start with `seed` in hexadecimal digits; it should be random.
    pub fn new(seed: u32) -> Self {
        Self { prefix: format!("{seed:08x}-"), next: AtomicU64::new(1) }
    }

    /// The next name.
    pub fn next(&self) -> Arc<str> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let digits = (u64::BITS - number.leading_zeros()).div_ceil(4).max(1);
        let mut name = String::with_capacity(self.prefix.len() + 16);
        name.push_str(&self.prefix);
        // By hand: this is done for every request, and formatting takes thrice the time.
        name.extend((0..digits).rev().filter_map(|place| char::from_digit((number >> (4 * place) & 0xf) as u32, 16)));
        name.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_differ() {
        let ids = RequestIds::new(0xab);
        assert_eq!([&*ids.next(), &*ids.next()], ["000000ab-1", "000000ab-2"]);
    }

    #[test]
    fn numbers_are_hexadecimal() {
        for number in [0, 1, 15, 16, 255, 256, 0x1234_5678_9abc_def0, u64::MAX] {
            let ids = RequestIds { prefix: "p-".into(), next: AtomicU64::new(number) };
            assert_eq!(*ids.next(), format!("p-{number:x}"));
        }
    }
}
