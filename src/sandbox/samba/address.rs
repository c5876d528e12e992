//! Loopback addresses for servers whose ports can't be chosen.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::sandbox::error::SandboxError;

/// The ports that Samba takes: LDAP, LDAPS, and those of the global catalogue.
const PORTS: [u16; 4] = [389, 636, 3268, 3269];
/// How many addresses are tried.
const TRIES: u32 = 50;

/// A loopback address on which the ports were free a moment ago, another one at each call.
pub(super) fn free() -> Result<Ipv4Addr, SandboxError> {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    let mut last = None;
    for _ in 0..TRIES {
        let address = candidate(process::id(), CALLS.fetch_add(1, Ordering::Relaxed));
        match PORTS.iter().try_for_each(|port| TcpListener::bind((address, *port)).map(drop)) {
            Ok(()) => return Ok(address),
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                return Err(SandboxError::Option(
                    "Samba listens on ports 389 and 636, which takes root (or net.ipv4.ip_unprivileged_port_start=389)"
                        .to_owned(),
                ));
            }
            Err(error) => last = Some(error),
        }
    }
    let source = last.unwrap_or_else(|| ErrorKind::AddrInUse.into());
    Err(SandboxError::Io { what: "looking for a free loopback address".to_owned(), source })
}

/// Addresses in 127.16.0.0/12 and above that processes and calls share as little as possible.
fn candidate(process: u32, call: u32) -> Ipv4Addr {
    let [.., high, low] = process.to_be_bytes();
    let turn = u8::try_from((call + process / 65_536) % 200).unwrap_or(0);
    // The last octet of an address is neither 0 nor 255.
    Ipv4Addr::new(127, 16 + turn, high, low.clamp(1, 254))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_differ_between_processes_and_calls() {
        assert_ne!(candidate(1_000, 0), candidate(1_001, 0));
        assert_ne!(candidate(1_000, 0), candidate(1_000, 1));
        for (process, call) in [(0, 0), (u32::MAX, u32::MAX / 2), (255, 7)] {
            let address = candidate(process, call);
            assert!(address.is_loopback() && !matches!(address.octets()[3], 0 | 255));
        }
    }
}
