//! The lobby: whoever hasn't shown who it is yet waits here for passwords to be hashed, directories to be asked and keys to be fetched,
//! and whoever has failed too often for its answer. There is room for some of all requests, so that those of known clients go on
//! whatever strangers send.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use super::failure::Failure;
use crate::telemetry::Counter;
use crate::telemetry::catalogue::REQUESTS_SHED;

/// Of all requests that may be under way, one in so many may be looked at to see whose it is; of these, one in so many of one address.
const ASKED: usize = 4;
const OF_ONE: usize = 4;

/// The same for those that wait for the answer that they are nobody's.
const DELAYED: usize = 8;

/// Room for strangers. Clones are the same.
#[derive(Debug, Clone)]
pub(super) struct Lobby(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    asked: Semaphore,
    /// How many there are of each address.
    of_one: Mutex<HashMap<IpAddr, usize>>,
    most_of_one: usize,
    delayed: Semaphore,
    shed: Counter,
}

/// One that is looked at, until this is dropped.
#[derive(Debug)]
pub(super) struct Stranger<'a> {
    _place: SemaphorePermit<'a>,
    lobby: &'a Inner,
    from: Option<IpAddr>,
}

impl Lobby {
    /// Where `max_requests` may be under way.
    pub(super) fn new(max_requests: usize) -> Self {
        let part = |all: usize, of: usize| (all / of).clamp(1, Semaphore::MAX_PERMITS);
        let asked = part(max_requests, ASKED);
        Self(Arc::new(Inner {
            asked: Semaphore::new(asked),
            of_one: Mutex::default(),
            most_of_one: part(asked, OF_ONE),
            delayed: Semaphore::new(part(max_requests, DELAYED)),
            shed: REQUESTS_SHED.count(&["credentials"]),
        }))
    }

    /// Lets a stranger in that comes `from` there.
    ///
    /// # Errors
    /// 503 when too many are in already.
    pub(super) fn enter(&self, from: Option<IpAddr>) -> Result<Stranger<'_>, Failure> {
        self.0.enter(from).ok_or_else(|| {
            self.0.shed.increment(1);
            Failure::Overloaded
        })
    }

    /// Waits, unless so many do already that the answer had better be given at once.
    pub(super) async fn delay(&self, delay: Duration) {
        if let (false, Ok(_place)) = (delay.is_zero(), self.0.delayed.try_acquire()) {
            tokio::time::sleep(delay).await;
        }
    }
}

impl Inner {
    fn enter(&self, from: Option<IpAddr>) -> Option<Stranger<'_>> {
        let place = self.asked.try_acquire().ok()?;
        if let Some(from) = from {
            let mut of_one = self.of_one.lock().unwrap_or_else(PoisonError::into_inner);
            let count = of_one.entry(from).or_insert(0);
            if *count >= self.most_of_one {
                return None;
            }
            *count += 1;
        }
        Some(Stranger { _place: place, lobby: self, from })
    }
}

impl Drop for Stranger<'_> {
    fn drop(&mut self) {
        let Some(from) = self.from else { return };
        let mut of_one = self.lobby.of_one.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = of_one.get_mut(&from) {
            *count -= 1;
            if *count == 0 {
                of_one.remove(&from);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_take_a_part_of_all_places_and_one_address_a_part_of_that() {
        let lobby = Lobby::new(64);
        let from = |last| Some(IpAddr::from([192, 0, 2, last]));
        let mut inside: Vec<_> = (0..4).map(|_| lobby.enter(from(1)).unwrap()).collect();
        assert_eq!(lobby.enter(from(1)).unwrap_err().status().as_u16(), 503);
        inside.extend((0..12).map(|number| lobby.enter(from(2 + number)).unwrap()));
        assert!(lobby.enter(from(99)).is_err() && lobby.enter(None).is_err());
        inside.remove(0);
        assert!(lobby.enter(from(1)).is_ok() && lobby.enter(None).is_ok());
        inside.clear();
        assert!(lobby.0.of_one.lock().unwrap().is_empty());
        assert_eq!(lobby.0.asked.available_permits(), 16);
        assert!(Lobby::new(1).enter(None).is_ok());
    }

    #[tokio::test]
    async fn so_many_are_delayed_and_the_others_are_answered_at_once() {
        let lobby = Lobby::new(16);
        let wait = || {
            let lobby = lobby.clone();
            tokio::spawn(async move { lobby.delay(Duration::from_secs(3600)).await })
        };
        let delayed = [wait(), wait()];
        while lobby.0.delayed.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        lobby.delay(Duration::ZERO).await;
        wait().await.unwrap();
        assert!(delayed.iter().all(|delayed| !delayed.is_finished()));
        delayed.iter().for_each(|delayed| delayed.abort());
    }
}
