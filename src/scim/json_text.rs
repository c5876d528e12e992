//! Whether a text stands in JSON as it is: nearly always nothing has to be escaped, which eight octets at a time tell.

/// Whether `text` stands in a JSON string as it is (RFC 8259 section 7).
pub fn is_plain(text: &str) -> bool {
    let octets = text.as_bytes();
    let special = match (octets.last_chunk::<8>(), octets.first_chunk::<4>(), octets.last_chunk::<4>()) {
        // What is left at the end is looked at with some of what stands before it.
        (Some(last), ..) => {
            let (eights, _) = octets.as_chunks::<8>();
            eights
                .iter()
                .fold(specials(u64::from_ne_bytes(*last)), |found, eight| found | specials(u64::from_ne_bytes(*eight)))
        }
        (_, Some(first), Some(last)) => {
            specials(u64::from(u32::from_ne_bytes(*first)) << 32 | u64::from(u32::from_ne_bytes(*last)))
        }
        _ => return octets.iter().all(|octet| *octet >= b' ' && !matches!(octet, b'"' | b'\\')),
    };
    special == 0
}

/// Other than 0 where one of eight octets is below a blank, a quotation mark or a backslash.
fn specials(octets: u64) -> u64 {
    const EACH: u64 = u64::from_ne_bytes([1; 8]);
    // The highest bit of an octet is set by a borrow, unless it was set already. An octet above one that borrows may be taken for
    // special, but then that one is.
    let below = |octets: u64, bound: u8| octets.wrapping_sub(EACH * u64::from(bound)) & !octets;
    let is = |octet: u8| below(octets ^ (EACH * u64::from(octet)), 1);
    (below(octets, b' ') | is(b'"') | is(b'\\')) & (EACH << 7)
}

#[cfg(test)]
mod tests;
