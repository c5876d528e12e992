//! A wire between a bridge and its directory on which the feed's connection can be cut, and searches by id are counted.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use scimfront::clock::{Clock as _, SystemClock};

/// The controls of content synchronisation (RFC 4533) and of change notifications (MS-ADTS): who sends one of them is a feed.
const FEEDS: [&[u8]; 2] = [b"1.3.6.1.4.1.4203.1.9.1.1", b"1.2.840.113556.1.4.528"];

/// What searches for resources and their references name, and nobody else.
const BY_ID: [&[u8]; 4] = [b"entryUUID", b"entryDN", b"nsUniqueId", b"<GUID="];

/// The wire.
#[derive(Debug)]
pub(crate) struct Cutter {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    feeds: Mutex<Vec<TcpStream>>,
    /// Until when no feed gets through.
    closed: Mutex<Option<Instant>>,
    asked: AtomicUsize,
}

impl Cutter {
    /// A wire to the server at `url`.
    pub(crate) fn before(url: &str) -> Self {
        let server = url.trim_start_matches("ldap://").to_owned();
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let kept = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(&server) else { continue };
                let kept = Arc::clone(&kept);
                thread::spawn(move || pass(&client, &server, &kept));
            }
        });
        Self { address, shared }
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        format!("ldap://{}", self.address)
    }

    /// Cuts all feeds, and lets none through for so long.
    pub(crate) fn cut(&self, time: Duration) {
        *self.shared.closed.lock().unwrap() = Some(SystemClock.now() + time);
        for feed in self.shared.feeds.lock().unwrap().drain(..) {
            let _ = feed.shutdown(Shutdown::Both);
        }
    }

    /// How many searches for resources went by.
    pub(crate) fn asked(&self) -> usize {
        self.shared.asked.load(Ordering::Relaxed)
    }
}

fn pass(client: &TcpStream, server: &TcpStream, shared: &Shared) {
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (Ok(mut answers), Ok(mut back)) = (server.try_clone(), client.try_clone()) else { return };
    thread::spawn(move || {
        let _ = std::io::copy(&mut answers, &mut back);
        let _ = back.shutdown(Shutdown::Both);
    });
    let (mut client, mut server) = (client, server);
    let mut chunk = vec![0; 64 << 10];
    let mut feed = false;
    while let Ok(length @ 1..) = client.read(&mut chunk) {
        let holds = |text: &[u8]| chunk[..length].windows(text.len()).any(|window| window == text);
        let feeds = FEEDS.iter().any(|control| holds(control));
        if feeds && shared.closed.lock().unwrap().is_some_and(|until| SystemClock.now() < until) {
            break;
        }
        if feeds && !feed {
            feed = true;
            shared.feeds.lock().unwrap().extend(client.try_clone());
        } else if !feeds && BY_ID.iter().any(|text| holds(text)) {
            shared.asked.fetch_add(1, Ordering::Relaxed);
        }
        if server.write_all(&chunk[..length]).is_err() {
            break;
        }
    }
    let _ = (server.shutdown(Shutdown::Both), client.shutdown(Shutdown::Both));
}
