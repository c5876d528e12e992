//! A way to a server that can be closed: connections through it are cut, and new ones are refused.

use std::io::{Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A forwarder on a free loopback port.
#[derive(Debug)]
pub(crate) struct Gate {
    address: SocketAddr,
    open: Arc<Mutex<Option<Vec<TcpStream>>>>,
}

impl Gate {
    /// A gate before a server.
    pub(crate) fn before(server: IpAddr, port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let gate = Self { address: listener.local_addr().unwrap(), open: Arc::new(Mutex::new(Some(Vec::new()))) };
        let open = gate.open.clone();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(onward) = TcpStream::connect((server, port)) else { continue };
                let mut open = open.lock().unwrap();
                // Nobody comes in any more: the listener goes with this thread.
                let Some(streams) = open.as_mut() else { return };
                for (from, to) in [(&client, &onward), (&onward, &client)] {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    thread::spawn(move || forward(from, to));
                }
                streams.extend([client, onward]);
            }
        });
        gate
    }

    /// `ldap://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> String {
        format!("ldap://{}", self.address)
    }

    /// Cuts everything off.
    pub(crate) fn close(&self) {
        for stream in self.open.lock().unwrap().take().into_iter().flatten() {
            let _ = stream.shutdown(Shutdown::Both);
        }
        // Wakes the listener, which ends.
        let _ = TcpStream::connect(self.address);
    }
}

fn forward(mut from: TcpStream, mut to: TcpStream) {
    let mut octets = [0; 16_384];
    while let Ok(length @ 1..) = from.read(&mut octets) {
        if to.write_all(&octets[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}
