//! Who the client is behind a proxy: `Forwarded` (RFC 7239) and `X-Forwarded-For`, believed from trusted addresses alone.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;
use http::header::{FORWARDED, HeaderName};

use crate::config::Network;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The client's address: that of the connection, or where that is a trusted proxy's, the nearest one that isn't.
///
/// Each proxy adds to the end what it saw, so that what stands before the last untrusted address may be anybody's invention. A
/// request with both headers is believed in neither: a proxy that adds to one may pass on the other as the client wrote it.
pub(super) fn client(connection: Option<IpAddr>, headers: &HeaderMap, trusted: &[Network]) -> Option<IpAddr> {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    if !connection.is_some_and(is_trusted) {
        return connection;
    }
    let hops = match (headers.contains_key(FORWARDED), headers.contains_key(X_FORWARDED_FOR)) {
        (true, false) => hops(headers, &FORWARDED, forwarded_for),
        (false, true) => hops(headers, &X_FORWARDED_FOR, address),
        _ => return connection,
    };
    let mut client = connection;
    for hop in hops.into_iter().rev() {
        let Some(address) = hop else { break };
        client = Some(address);
        if !is_trusted(address) {
            break;
        }
    }
    client
}

/// The addresses in all fields of a header, from first to last; nothing where one can't be read.
fn hops(headers: &HeaderMap, name: &HeaderName, read: fn(&str) -> Option<IpAddr>) -> Vec<Option<IpAddr>> {
    let fields = headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default());
    fields.flat_map(|field| field.split(',').map(read)).collect()
}

/// `for` of one element of `Forwarded`. Quoted commas stand in no address: what they break isn't believed.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
    let mut values = pairs.filter(|(name, _)| name.eq_ignore_ascii_case("for")).map(|(_, value)| value);
    address(values.next()?.trim_matches('"'))
}

/// An address, perhaps with a port, that of IPv6 perhaps in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::nobody_in_between("203.0.113.5", &[], "203.0.113.5")]
    #[case::not_trusted("203.0.113.5", &[("x-forwarded-for", "198.51.100.1")], "203.0.113.5")]
    #[case::one("10.0.0.1", &[("x-forwarded-for", "198.51.100.1")], "198.51.100.1")]
    #[case::invented("10.0.0.1", &[("x-forwarded-for", "1.1.1.1, 198.51.100.1")], "198.51.100.1")]
    #[case::two_proxies("10.0.0.1", &[("x-forwarded-for", "1.1.1.1, 198.51.100.1, 10.0.0.2")], "198.51.100.1")]
    #[case::two_fields("10.0.0.1", &[("x-forwarded-for", "198.51.100.1"), ("x-forwarded-for", "10.0.0.2")], "198.51.100.1")]
    #[case::all_trusted("10.0.0.1", &[("x-forwarded-for", "10.0.0.3, 10.0.0.2")], "10.0.0.3")]
    #[case::nonsense("10.0.0.1", &[("x-forwarded-for", "198.51.100.1, x")], "10.0.0.1")]
    #[case::standard("10.0.0.1", &[("forwarded", "for=192.0.2.43;proto=https, For=\"[2001:db8::17]:4711\";by=10.0.0.1")], "2001:db8::17")]
    #[case::with_port("10.0.0.1", &[("forwarded", "for=\"192.0.2.43:47011\"")], "192.0.2.43")]
    #[case::hidden("10.0.0.1", &[("forwarded", "for=_hidden")], "10.0.0.1")]
    #[case::both("10.0.0.1", &[("forwarded", "for=1.1.1.1"), ("x-forwarded-for", "198.51.100.1")], "10.0.0.1")]
    fn the_nearest_that_is_not_trusted_is_the_client(
        #[case] connection: &str,
        #[case] fields: &[(&'static str, &str)],
        #[case] expected: &str,
    ) {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(*name, value.parse().unwrap());
        }
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let client = client(Some(connection.parse().unwrap()), &headers, &trusted);
        assert_eq!(client, Some(expected.parse().unwrap()));
    }
}
