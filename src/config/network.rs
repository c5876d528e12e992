//! Networks of IP addresses: `10.0.0.0/8`, `fd00::/8`, `192.0.2.1`.

use std::net::IpAddr;
use std::str::FromStr;

/// A network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: u128,
    /// How many of the 128 bits are the network's.
    bits: u32,
}

/// A text that isn't a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an IP address, perhaps with / and the length of its network")]
pub struct NotANetwork;

impl Network {
    /// Whether `address` is one of its addresses. IPv4 addresses are the same when they are written as IPv6 ones.
    pub fn contains(&self, address: IpAddr) -> bool {
        let differing = self.address ^ bits_of(address);
        self.bits == 0 || differing >> (128 - self.bits) == 0
    }
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let (address, length) = text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
        let address: IpAddr = address.parse().map_err(|_| NotANetwork)?;
        let (most, before) = if address.is_ipv4() { (32, 96) } else { (128, 0) };
        let length = length.map_or(Ok(most), |length| length.parse::<u32>().map_err(|_| NotANetwork))?;
        if length > most {
            return Err(NotANetwork);
        }
        Ok(Self { address: bits_of(address), bits: before + length })
    }
}

fn bits_of(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("10.0.0.0/8", "10.255.1.2", true)]
    #[case("10.0.0.0/8", "11.0.0.0", false)]
    #[case("10.0.0.0/8", "::ffff:10.1.1.1", true)]
    #[case("192.0.2.1", "192.0.2.1", true)]
    #[case("192.0.2.1", "192.0.2.2", false)]
    #[case("fd00::/8", "fd12::1", true)]
    #[case("fd00::/8", "fe00::1", false)]
    #[case("0.0.0.0/0", "203.0.113.9", true)]
    #[case("0.0.0.0/0", "fd00::1", false)]
    #[case("::/0", "203.0.113.9", true)]
    fn addresses_are_in_their_networks(#[case] network: &str, #[case] address: &str, #[case] expected: bool) {
        assert_eq!(network.parse::<Network>().unwrap().contains(address.parse().unwrap()), expected);
    }

    #[rstest]
    #[case("")]
    #[case("10.0.0.0/33")]
    #[case("10.0.0.0/")]
    #[case("example.com")]
    #[case("fd00::/129")]
    fn other_texts_are_none(#[case] text: &str) {
        assert_eq!(text.parse::<Network>(), Err(NotANetwork));
    }
}
