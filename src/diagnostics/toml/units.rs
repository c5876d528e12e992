//! Durations and sizes as people write them.

use std::time::Duration;

const DAY: u64 = 86_400_000;

/// Reads `250ms`, `5s`, `2m`, `1h`, `7d`: a whole number and a unit, blanks between them allowed. Nothing for anything else,
/// nor for more than 10,000 days, so that a duration can always be added to a moment.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let (number, unit) = split(text)?;
    let factor = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        "d" => DAY,
        _ => return None,
    };
    number.checked_mul(factor).filter(|millis| *millis <= 10_000 * DAY).map(Duration::from_millis)
}

/// Reads `65536`, `64KiB`, `1MiB`, `2GiB` (powers of 1024) and `64kB`, `1MB`, `2GB` (powers of 1000) as bytes. Nothing for
/// anything else.
pub fn parse_size(text: &str) -> Option<u64> {
    let (number, unit) = split(text)?;
    let factor = match unit {
        "" | "B" => 1,
        "kB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(factor)
}

fn split(text: &str) -> Option<(u64, &str)> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    Some((number.parse().ok()?, unit.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("250ms", Some(250))]
    #[case("5s", Some(5_000))]
    #[case(" 2 m ", Some(120_000))]
    #[case("1h", Some(3_600_000))]
    #[case("7d", Some(604_800_000))]
    #[case("5", None)]
    #[case("s", None)]
    #[case("-5s", None)]
    #[case("1.5s", None)]
    #[case("5 weeks", None)]
    #[case("99999999999999999999s", None)]
    #[case("9999999999999999999d", None)]
    #[case("10000d", Some(864_000_000_000))]
    #[case("10001d", None)]
    fn durations(#[case] text: &str, #[case] millis: Option<u64>) {
        assert_eq!(parse_duration(text), millis.map(Duration::from_millis));
    }

    #[rstest]
    #[case("0", Some(0))]
    #[case("65536", Some(65_536))]
    #[case("64KiB", Some(65_536))]
    #[case("1 MiB", Some(1_048_576))]
    #[case("2GB", Some(2_000_000_000))]
    #[case("1kb", None)]
    #[case("", None)]
    #[case("18446744073709551615GiB", None)]
    fn sizes(#[case] text: &str, #[case] bytes: Option<u64>) {
        assert_eq!(parse_size(text), bytes);
    }
}
