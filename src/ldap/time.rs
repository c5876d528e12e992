//! GeneralizedTime (RFC 4517 section 3.3.13): the text in which directories keep moments.

use jiff::civil::DateTime;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

/// Nanoseconds in a second, a minute and an hour: what a fraction is a fraction of.
const SECOND: i128 = 1_000_000_000;
const MINUTE: i128 = 60 * SECOND;
const HOUR: i128 = 60 * MINUTE;

/// The moment that a GeneralizedTime names: `YYYYmmddHH[MM[SS]][.fraction](Z|±HH[MM])`.
///
/// A fraction belongs to the last unit that is written; digits beyond the nanosecond are cut off. A leap second is the
/// first moment of the next minute. None for everything else, also for local times without offset.
pub fn parse(text: &[u8]) -> Option<Timestamp> {
    let (digits, rest) = text.split_at(text.iter().take_while(|byte| byte.is_ascii_digit()).count());
    let unit = match digits.len() {
        10 => HOUR,
        12 => MINUTE,
        14 => SECOND,
        _ => return None,
    };
    let (nanoseconds, zone) = match rest {
        [b'.' | b',', rest @ ..] => fraction(rest, unit)?,
        zone => (0, zone),
    };
    let second = optional(digits, 12)?;
    let leap = i64::from(second == 60);
    let civil = DateTime::new(
        i16::try_from(number(&digits[..4])?).ok()?,
        two(digits, 4)?,
        two(digits, 6)?,
        two(digits, 8)?,
        optional(digits, 10)?,
        if leap == 1 { 59 } else { second },
        0,
    )
    .ok()?;
    let added = SignedDuration::from_nanos(i64::try_from(nanoseconds).ok()?) + SignedDuration::from_secs(leap);
    offset(zone)?.to_timestamp(civil).ok()?.checked_add(added).ok()
}

/// The GeneralizedTime of a moment in UTC, with as many digits of a fraction as it needs, often none.
pub fn format(moment: Timestamp) -> String {
    let mut text = civil_text(moment);
    let nanoseconds = moment.as_nanosecond().rem_euclid(SECOND);
    if nanoseconds != 0 {
        let digits = format!("{nanoseconds:09}");
        text.push('.');
        text.push_str(digits.trim_end_matches('0'));
    }
    text.push('Z');
    text
}

/// The GeneralizedTime of a moment in UTC with exactly `digits` digits (at most 9) of a fraction, the rest cut off.
pub fn format_with_fraction(moment: Timestamp, digits: usize) -> String {
    let mut text = civil_text(moment);
    if digits > 0 {
        let all = format!("{:09}", moment.as_nanosecond().rem_euclid(SECOND));
        text.push('.');
        text.push_str(&all[..digits.min(9)]);
    }
    text.push('Z');
    text
}

/// `YYYYmmddHHMMSS` of the second in which the moment lies.
fn civil_text(moment: Timestamp) -> String {
    let civil = Offset::UTC.to_datetime(moment);
    // A time before 1970 is broken down with its fraction pointing forward, so the second is right as it is.
    format!(
        "{:04}{:02}{:02}{:02}{:02}{:02}",
        civil.year(),
        civil.month(),
        civil.day(),
        civil.hour(),
        civil.minute(),
        civil.second()
    )
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0i64, |sum, digit| sum.checked_mul(10)?.checked_add(i64::from(digit.checked_sub(b'0')?)))
}

fn two(digits: &[u8], at: usize) -> Option<i8> {
    i8::try_from(number(digits.get(at..at + 2)?)?).ok()
}

fn optional(digits: &[u8], at: usize) -> Option<i8> {
    if digits.len() > at { two(digits, at) } else { Some(0) }
}

/// The nanoseconds of a fraction of `unit`, and what follows it.
fn fraction(text: &[u8], unit: i128) -> Option<(i128, &[u8])> {
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if length == 0 {
        return None;
    }
    let (mut sum, mut scale) = (0i128, 1i128);
    for digit in text[..length].iter().take(18) {
        sum = sum * 10 + i128::from(digit - b'0');
        scale *= 10;
    }
    Some((sum * unit / scale, &text[length..]))
}

fn offset(zone: &[u8]) -> Option<Offset> {
    let (sign, digits) = match zone {
        b"Z" => return Some(Offset::UTC),
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    if !digits.iter().all(u8::is_ascii_digit) || !matches!(digits.len(), 2 | 4) {
        return None;
    }
    let (hours, minutes) = (i32::from(two(digits, 0)?), i32::from(optional(digits, 2)?));
    if hours > 23 || minutes > 59 {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("20261121192430Z", "2026-11-21T19:24:30Z")]
    #[case("202611211924Z", "2026-11-21T19:24:00Z")]
    #[case("2026112119Z", "2026-11-21T19:00:00Z")]
    #[case("20261121192430.5Z", "2026-11-21T19:24:30.5Z")]
    #[case("20261121192430,123456789123Z", "2026-11-21T19:24:30.123456789Z")]
    #[case("202611211924.5Z", "2026-11-21T19:24:30Z")]
    #[case("2026112119.25Z", "2026-11-21T19:15:00Z")]
    #[case("20261121192430+0130", "2026-11-21T17:54:30Z")]
    #[case("20261121192430-05", "2026-11-22T00:24:30Z")]
    #[case("20161231235960Z", "2017-01-01T00:00:00Z")]
    #[case("000001010000Z", "0000-01-01T00:00:00Z")]
    #[case("16010101000000.0Z", "1601-01-01T00:00:00Z")]
    #[case("19600101000000.25Z", "1960-01-01T00:00:00.25Z")]
    fn reads_moments(#[case] text: &str, #[case] expected: Timestamp) {
        assert_eq!(parse(text.as_bytes()), Some(expected));
    }

    #[rstest]
    #[case("")]
    #[case("20261121192430")]
    #[case("20261321192430Z")]
    #[case("20260230192430Z")]
    #[case("20261121242430Z")]
    #[case("20261121192461Z")]
    #[case("20261121192430.Z")]
    #[case("20261121192430ZZ")]
    #[case("20261121192430+1")]
    #[case("20261121192430+2400")]
    #[case("202611211Z")]
    #[case("2026-11-21T19:24:30Z")]
    #[case("99991231235960Z")]
    fn refuses_what_is_none(#[case] text: &str) {
        assert_eq!(parse(text.as_bytes()), None);
    }

    #[test]
    fn writes_the_digits_asked_for() {
        let moment = parse(b"20261121192430.120Z").unwrap();
        assert_eq!(format(moment), "20261121192430.12Z");
        assert_eq!(format_with_fraction(moment, 0), "20261121192430Z");
        assert_eq!(format_with_fraction(moment, 1), "20261121192430.1Z");
        assert_eq!(format_with_fraction(moment, 99), "20261121192430.120000000Z");
        assert_eq!(format(parse(b"19600101000000.25Z").unwrap()), "19600101000000.25Z");
    }

    proptest! {
        #[test]
        fn a_moment_comes_back_from_its_text(seconds in -62_000_000_000i64..253_000_000_000, nanoseconds in 0..1_000_000_000i32) {
            let moment = Timestamp::new(seconds.max(-62_167_219_200), 0).unwrap() + SignedDuration::from_nanos(nanoseconds.into());
            prop_assert_eq!(parse(format(moment).as_bytes()), Some(moment));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "[0-9.,Z+-]{0,24}") {
            let _ = parse(text.as_bytes());
        }
    }
}
