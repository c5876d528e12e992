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
        self.next_name().as_str().into()
    }

    /// The next name, on the stack.
    pub(super) fn next_name(&self) -> RequestName {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let digits = (u64::BITS - number.leading_zeros()).div_ceil(4).max(1);
        let mut name = RequestName { octets: [0; 32], length: 0 };
        // By hand: this is done for every request, and formatting takes thrice the time.
        self.prefix.bytes().for_each(|octet| name.push(octet));
        for place in (0..digits).rev() {
            let digit = u8::try_from(number >> (4 * place) & 0xf).unwrap_or_default();
            name.push(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 });
        }
        name
    }
}

/// A request's name.
#[derive(Debug, Clone, Copy)]
pub(super) struct RequestName {
    octets: [u8; 32],
    length: usize,
}

impl RequestName {
    fn push(&mut self, octet: u8) {
        if let Some(place) = self.octets.get_mut(self.length) {
            *place = octet;
            self.length += 1;
        }
    }

    /// As text.
    pub(super) fn as_str(&self) -> &str {
        self.octets.get(..self.length).and_then(|name| std::str::from_utf8(name).ok()).unwrap_or_default()
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
