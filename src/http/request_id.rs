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
        format!("{}{number:x}", self.prefix).into()
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
}
