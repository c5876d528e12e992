//! A tiny DNS server with nothing but SRV records (RFC 1035, RFC 2782).

use std::collections::HashMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Priority, weight, port and target.
type Record = (u16, u16, u16, String);

/// A server on a free loopback port; it ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Dns {
    address: SocketAddr,
    records: Arc<Mutex<HashMap<String, Vec<Record>>>>,
    ended: Arc<Mutex<bool>>,
}

impl Dns {
    /// A server without records.
    pub(crate) fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        let dns = Self { address: socket.local_addr().unwrap(), records: Arc::default(), ended: Arc::default() };
        let (records, ended) = (dns.records.clone(), dns.ended.clone());
        thread::spawn(move || {
            let mut query = [0; 1500];
            while !*ended.lock().unwrap() {
                let Ok((length, client)) = socket.recv_from(&mut query) else { continue };
                if let Some(answer) = answer(&query[..length], &records.lock().unwrap()) {
                    let _ = socket.send_to(&answer, client);
                }
            }
        });
        dns
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// These records, and no others, under `name`.
    pub(crate) fn serve(&self, name: &str, records: &[(u16, u16, u16, &str)]) {
        let records =
            records.iter().map(|(priority, weight, port, target)| (*priority, *weight, *port, (*target).to_owned()));
        self.records.lock().unwrap().insert(name.to_owned(), records.collect());
    }
}

impl Drop for Dns {
    fn drop(&mut self) {
        *self.ended.lock().unwrap() = true;
    }
}

/// The answer to a query; its names are never compressed, and its records live for no second.
fn answer(query: &[u8], records: &HashMap<String, Vec<Record>>) -> Option<Vec<u8>> {
    let mut labels = Vec::new();
    let mut at = 12;
    loop {
        let length = usize::from(*query.get(at)?);
        at += 1;
        if length == 0 {
            break;
        }
        labels.push(String::from_utf8_lossy(query.get(at..at + length)?).to_ascii_lowercase());
        at += length;
    }
    let question = query.get(12..at + 4)?;
    let found = records.get(&labels.join(".")).filter(|_| question.ends_with(&[0, 33, 0, 1]));
    let count = u16::try_from(found.map_or(0, Vec::len)).ok()?;
    // Response, authoritative, recursion available; no such name where there is none.
    let flags: u16 = if found.is_some() { 0x8580 } else { 0x8583 };
    let mut answer = query.get(..2)?.to_vec();
    for number in [flags, 1, count, 0, 0] {
        answer.extend(number.to_be_bytes());
    }
    answer.extend(question);
    for (priority, weight, port, target) in found.into_iter().flatten() {
        let mut data = Vec::new();
        for number in [priority, weight, port] {
            data.extend(number.to_be_bytes());
        }
        for label in target.split('.') {
            data.push(u8::try_from(label.len()).ok()?);
            data.extend(label.as_bytes());
        }
        data.push(0);
        answer.extend([0xc0, 12, 0, 33, 0, 1, 0, 0, 0, 0]);
        answer.extend(u16::try_from(data.len()).ok()?.to_be_bytes());
        answer.extend(data);
    }
    Some(answer)
}
