//! A wire tap: passes LDAP on to slapd and keeps the searches and modifications that went by, so that the yardstick can send the very same.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::Result;
use super::wire::{self, Ask, Change};

/// A listening tap.
#[derive(Debug)]
pub(crate) struct Tap {
    address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
}

/// What went by.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) asks: Vec<Ask>,
    pub(crate) changes: Vec<Change>,
    /// The names of all operations.
    pub(crate) operations: Vec<&'static str>,
}

impl Tap {
    /// A tap before the server at port `port`. Its threads end with the connections, and with the process.
    pub(crate) fn before(port: u16) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let seen = Arc::<Mutex<Seen>>::default();
        let kept = seen.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let kept = kept.clone();
                let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else { continue };
                thread::spawn(move || pass(client, server, &kept));
            }
        });
        Ok(Self { address, seen })
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        format!("ldap://{}", self.address)
    }

    /// The searches that went by since this was last asked.
    pub(crate) fn take(&self) -> Vec<Ask> {
        self.seen().asks
    }

    /// What went by since this or the searches were last asked for.
    pub(crate) fn seen(&self) -> Seen {
        std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn pass(client: TcpStream, server: TcpStream, kept: &Mutex<Seen>) {
    let _ = client.set_nodelay(true);
    let _ = server.set_nodelay(true);
    let (Ok(answers), Ok(back)) = (server.try_clone(), client.try_clone()) else { return };
    thread::spawn(move || copy(answers, back));
    listen(client, &server, kept);
    let _ = server.shutdown(Shutdown::Both);
}

fn copy(mut from: TcpStream, mut to: TcpStream) {
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Both);
}

/// Passes a client's messages on, and keeps the searches.
fn listen(mut client: TcpStream, mut server: &TcpStream, kept: &Mutex<Seen>) {
    let mut buffer = Vec::new();
    let mut chunk = vec![0; 64 << 10];
    while let Ok(length @ 1..) = client.read(&mut chunk) {
        buffer.extend_from_slice(&chunk[..length]);
        while let Some((_, _, rest)) = wire::element(&buffer) {
            let message = buffer.len() - rest.len();
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.operations.extend(wire::operation(&buffer[..message]));
            if let Ok(Some(ask)) = wire::ask(&buffer[..message]) {
                kept.asks.push(ask);
            }
            if let Ok(Some(change)) = wire::change(&buffer[..message]) {
                kept.changes.push(change);
            }
            drop(kept);
            buffer.drain(..message);
        }
        if server.write_all(&chunk[..length]).is_err() {
            return;
        }
    }
}
