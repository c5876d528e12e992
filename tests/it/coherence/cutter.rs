//! A wire between a bridge and its directory on which the feed's connection can be cut, and searches by id are counted.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// The control of content synchronisation (RFC 4533): who sends it is a feed.
const SYNC: &[u8] = b"1.3.6.1.4.1.4203.1.9.1.1";

/// What searches for resources and their references name, and nobody else.
const BY_ID: [&[u8]; 2] = [b"entryUUID", b"entryDN"];

/// The wire.
#[derive(Debug)]
pub(super) struct Cutter {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    feeds: Mutex<Vec<TcpStream>>,
    asked: AtomicUsize,
}

impl Cutter {
    /// A wire to the server at `port`.
    pub(super) fn before(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let kept = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else { continue };
                let kept = Arc::clone(&kept);
                thread::spawn(move || pass(&client, &server, &kept));
            }
        });
        Self { address, shared }
    }

    /// Where it listens.
    pub(super) fn url(&self) -> String {
        format!("ldap://{}", self.address)
    }

    /// Cuts all feeds.
    pub(super) fn cut(&self) {
        for feed in self.shared.feeds.lock().unwrap().drain(..) {
            let _ = feed.shutdown(Shutdown::Both);
        }
    }

    /// How many searches for resources went by.
    pub(super) fn asked(&self) -> usize {
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
        if holds(SYNC) && !feed {
            feed = true;
            shared.feeds.lock().unwrap().extend(client.try_clone());
        } else if !feed && BY_ID.iter().any(|text| holds(text)) {
            shared.asked.fetch_add(1, Ordering::Relaxed);
        }
        if server.write_all(&chunk[..length]).is_err() {
            break;
        }
    }
    let _ = server.shutdown(Shutdown::Both);
}
