//! Room for what requests hold in memory: bodies, what is made of them, and answers that wait for slow readers. Where there is none
//! left, a request is refused (503) before memory grows.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::failure::Failure;
use crate::telemetry::Counter;
use crate::telemetry::catalogue::REQUESTS_SHED;

/// Room for so many octets. Clones are the same.
#[derive(Clone)]
pub(super) struct Room(Arc<Inner>);

struct Inner {
    most: usize,
    taken: AtomicUsize,
    shed: Counter,
}

/// Octets that are taken, until this is dropped.
#[derive(Debug)]
pub(super) struct Taken {
    room: Room,
    octets: usize,
}

impl Room {
    /// Room for `most` octets.
    pub(super) fn new(most: usize) -> Self {
        let shed = REQUESTS_SHED.count(&["memory"]);
        Self(Arc::new(Inner { most, taken: AtomicUsize::new(0), shed }))
    }

    /// Takes `octets`.
    ///
    /// # Errors
    /// 503 when there are not so many left.
    pub(super) fn take(&self, octets: usize) -> Result<Taken, Failure> {
        let mut taken = Taken { room: self.clone(), octets: 0 };
        taken.more(octets)?;
        Ok(taken)
    }

    /// How many octets are taken.
    pub(super) fn taken(&self) -> usize {
        self.0.taken.load(Relaxed)
    }
}

impl Taken {
    /// Takes `octets` more.
    ///
    /// # Errors
    /// As [`Room::take`]; what was taken before stays.
    pub(super) fn more(&mut self, octets: usize) -> Result<(), Failure> {
        let Inner { most, taken, shed } = &*self.room.0;
        let fits = |taken: usize| taken.checked_add(octets).filter(|taken| taken <= most);
        if taken.fetch_update(Relaxed, Relaxed, fits).is_err() {
            shed.increment(1);
            return Err(Failure::Overloaded);
        }
        self.octets += octets;
        Ok(())
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.room.0.taken.fetch_sub(self.octets, Relaxed);
    }
}

impl std::fmt::Debug for Room {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Room").field("most", &self.0.most).field("taken", &self.taken()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_as_much_room_as_there_is() {
        let room = Room::new(10);
        let mut first = room.take(4).unwrap();
        let second = room.take(6).unwrap();
        assert_eq!(room.take(1).unwrap_err().status().as_u16(), 503);
        assert!(first.more(usize::MAX).is_err() && first.more(1).is_err());
        drop(second);
        first.more(3).unwrap();
        assert_eq!(room.taken(), 7);
        drop(first);
        assert_eq!(room.taken(), 0);
    }
}
