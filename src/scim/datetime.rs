//! Instants in JSON: xsd:dateTime (RFC 7643 section 2.3.5).

use jiff::civil::{Date, Time};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

/// Reads an xsd:dateTime: `2011-05-13T04:42:34Z`, with a fraction of any length (cut to nanoseconds), with an offset; without one
/// it is UTC. `T` and `Z` may be lower case; `24:00:00` is the next day's start, second 60 the last nanosecond before the next minute.
/// `None` when it is anything else.
pub fn parse(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_once(['T', 't'])?;
    let (clock, offset) = split_offset(rest)?;
    let (whole, fraction) = match clock.split_once('.') {
        Some((whole, fraction)) => (whole, nanoseconds(fraction)?),
        None => (clock, 0),
    };
    let [hour, minute, second] = numbers(whole, ':', [2, 2, 2])?;
    let (time, shift) = time_of_day(hour, minute, second, fraction)?;
    let local = date_of(date)?.to_datetime(time);
    let instant = offset.to_timestamp(local).ok()?;
    instant.checked_add(shift).ok()
}

/// Writes an instant as it is served: UTC with `Z`; a fraction only where there is one, in milliseconds or, so that what is served
/// is what filters compare, in nanoseconds.
pub fn format(instant: Timestamp) -> String {
    let layout = match instant.subsec_nanosecond() {
        // Nearly all, and jiff writes this form by itself, in a fraction of the time.
        0 => return instant.to_string(),
        nanoseconds if nanoseconds % 1_000_000 == 0 => "%Y-%m-%dT%H:%M:%S.%3fZ",
        _ => "%Y-%m-%dT%H:%M:%S.%9fZ",
    };
    instant.strftime(layout).to_string()
}

fn date_of(text: &str) -> Option<Date> {
    let [year, month, day] = numbers(text, '-', [4, 2, 2])?;
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// The time of day, and what has to be added because the day is over or the minute has a leap second.
fn time_of_day(hour: u32, minute: u32, second: u32, nanosecond: u32) -> Option<(Time, SignedDuration)> {
    if (hour, minute, second, nanosecond) == (24, 0, 0, 0) {
        return Some((Time::midnight(), SignedDuration::from_hours(24)));
    }
    let (second, nanosecond) = if second == 60 { (59, 999_999_999) } else { (second, nanosecond) };
    let part = |number: u32| i8::try_from(number).ok();
    let time = Time::new(part(hour)?, part(minute)?, part(second)?, i32::try_from(nanosecond).ok()?).ok()?;
    Some((time, SignedDuration::ZERO))
}

fn split_offset(text: &str) -> Option<(&str, Offset)> {
    if let Some(clock) = text.strip_suffix(['Z', 'z']) {
        return Some((clock, Offset::UTC));
    }
    let Some(sign) = text.rfind(['+', '-']) else { return Some((text, Offset::UTC)) };
    let (clock, offset) = text.split_at_checked(sign)?;
    let [hours, minutes] = numbers(offset.get(1..)?, ':', [2, 2])?;
    // xsd:dateTime knows offsets up to 14 hours.
    if minutes > 59 || hours * 60 + minutes > 14 * 60 {
        return None;
    }
    let seconds = i32::try_from((hours * 60 + minutes) * 60).ok()?;
    let seconds = if offset.starts_with('-') { -seconds } else { seconds };
    Some((clock, Offset::from_seconds(seconds).ok()?))
}

fn nanoseconds(fraction: &str) -> Option<u32> {
    if fraction.is_empty() || !all_digits(fraction) {
        return None;
    }
    let digits = fraction.get(..fraction.len().min(9))?;
    let scale = 10_u32.checked_pow(9 - u32::try_from(digits.len()).ok()?)?;
    digits.parse::<u32>().ok()?.checked_mul(scale)
}

/// Exactly as many numbers as there are widths, each with that many digits.
fn numbers<const N: usize>(text: &str, separator: char, widths: [usize; N]) -> Option<[u32; N]> {
    let mut found = [0; N];
    let mut parts = text.split(separator);
    for (number, width) in found.iter_mut().zip(widths) {
        let part = parts.next().filter(|part| part.len() == width && all_digits(part))?;
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(found)
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("2011-05-13T04:42:34Z", "2011-05-13T04:42:34Z")]
    #[case("2011-05-13t04:42:34z", "2011-05-13T04:42:34Z")]
    #[case("2011-05-13T04:42:34", "2011-05-13T04:42:34Z")]
    #[case("2011-05-13T04:42:34+02:00", "2011-05-13T02:42:34Z")]
    #[case("2011-05-13T04:42:34-05:30", "2011-05-13T10:12:34Z")]
    #[case("2001-01-03T00:00:00.0000000Z", "2001-01-03T00:00:00Z")]
    #[case("2011-05-13T04:42:34.5Z", "2011-05-13T04:42:34.500Z")]
    #[case("2011-05-13T04:42:34.123456789123Z", "2011-05-13T04:42:34.123456789Z")]
    #[case("2011-12-31T24:00:00Z", "2012-01-01T00:00:00Z")]
    #[case("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999999999Z")]
    #[case("2024-02-29T12:00:00Z", "2024-02-29T12:00:00Z")]
    fn reads_and_writes(#[case] text: &str, #[case] served: &str) {
        assert_eq!(parse(text).map(format).as_deref(), Some(served));
    }

    #[rstest]
    #[case("")]
    #[case("2011-05-13")]
    #[case("2011-05-13T")]
    #[case("2011-05-13 04:42:34Z")]
    #[case("2011-05-13T04:42Z")]
    #[case("2011-02-29T04:42:34Z")]
    #[case("2011-05-13T25:00:00Z")]
    #[case("2011-05-13T24:00:01Z")]
    #[case("2011-05-13T04:42:34.Z")]
    #[case("2011-05-13T04:42:34+2:00")]
    #[case("2011-05-13T04:42:34+15:00")]
    #[case("2011-05-13T04:42:34ZZ")]
    #[case("11-05-13T04:42:34Z")]
    #[case("2011-05-13T04:42:34Z[Europe/Berlin]")]
    #[case("20110513044234Z")]
    #[case("yesterday")]
    fn refuses(#[case] text: &str) {
        assert_eq!(parse(text), None);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(milliseconds in -62_135_596_800_000_i64..253_402_207_200_000) {
            let instant = Timestamp::from_millisecond(milliseconds).unwrap();
            prop_assert_eq!(parse(&format(instant)), Some(instant));
        }

        #[test]
        fn never_panics(text in "\\PC{0,40}") {
            parse(&text);
        }
    }
}
