//! Cost against size, as SVG: both axes logarithmic, so that what grows with the directory rises and what doesn't lies flat.

use std::fmt::Write as _;

use super::Result;
use super::report::Line;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 440.0;
/// Room for the scales.
const LEFT: f64 = 70.0;
const BOTTOM: f64 = 50.0;
const TOP: f64 = 30.0;
/// Room for the names of the lines.
const RIGHT: f64 = 250.0;
const COLOURS: [&str; 6] = ["#0b5fa5", "#c2410c", "#15803d", "#7e22ce", "#b91c1c", "#52525b"];

/// A logarithmic scale in whole decades.
#[derive(Debug, Clone, Copy)]
struct Scale {
    first: i32,
    last: i32,
    from: f64,
    to: f64,
}

impl Scale {
    /// A scale on which all of `values` lie, drawn between `from` and `to`.
    fn over(values: impl Iterator<Item = f64> + Clone, from: f64, to: f64) -> Self {
        #[allow(clippy::cast_possible_truncation, reason = "a few decades")]
        let decade = |exponent: f64| exponent as i32;
        let first = decade(values.clone().fold(f64::INFINITY, f64::min).log10().floor());
        let last = decade(values.fold(0.0, f64::max).log10().ceil()).max(first + 1);
        Self { first, last, from, to }
    }

    fn place(self, value: f64) -> f64 {
        let share = (value.log10() - f64::from(self.first)) / f64::from(self.last - self.first);
        self.from + share * (self.to - self.from)
    }

    fn decades(self) -> impl Iterator<Item = f64> {
        (self.first..=self.last).map(|decade| 10f64.powi(decade))
    }
}

/// The lines that have enough points, as SVG; nothing where none has.
pub(crate) fn svg(lines: &[Line]) -> Result<Option<String>> {
    let lines: Vec<&Line> = lines.iter().filter(|line| line.points.len() > 2).collect();
    if lines.is_empty() {
        return Ok(None);
    }
    let points = lines.iter().flat_map(|line| &line.points);
    let across = Scale::over(points.clone().map(|(size, _)| *size), LEFT, WIDTH - RIGHT);
    let up = Scale::over(points.map(|(_, millis)| *millis), HEIGHT - BOTTOM, TOP);
    let mut out = String::new();
    writeln!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">"#
    )?;
    writeln!(out, r#"<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>"#)?;
    grid(&mut out, across, up)?;
    let mut labels = Vec::new();
    for (line, colour) in lines.iter().zip(COLOURS.iter().cycle()) {
        let mut at = line.points.iter().map(|(size, millis)| (across.place(*size), up.place(*millis)));
        let path: Vec<String> = at.clone().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        writeln!(out, r#"<polyline points="{}" fill="none" stroke="{colour}" stroke-width="2"/>"#, path.join(" "))?;
        for (x, y) in at.clone() {
            writeln!(out, r#"<circle cx="{x:.1}" cy="{y:.1}" r="3" fill="{colour}"/>"#)?;
        }
        labels.extend(at.next_back().map(|(_, y)| (y, line.name.as_str(), *colour)));
    }
    name(&mut out, labels)?;
    out.push_str("</svg>\n");
    Ok(Some(out))
}

fn grid(out: &mut String, across: Scale, up: Scale) -> Result<()> {
    let (right, floor) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
    for size in across.decades() {
        let x = across.place(size);
        writeln!(out, r##"<line x1="{x:.1}" y1="{TOP}" x2="{x:.1}" y2="{floor}" stroke="#ddd"/>"##)?;
        writeln!(out, r#"<text x="{x:.1}" y="{}" text-anchor="middle">{size}</text>"#, floor + 18.0)?;
    }
    for millis in up.decades() {
        let y = up.place(millis);
        writeln!(out, r##"<line x1="{LEFT}" y1="{y:.1}" x2="{right}" y2="{y:.1}" stroke="#ddd"/>"##)?;
        writeln!(out, r#"<text x="{}" y="{:.1}" text-anchor="end">{millis} ms</text>"#, LEFT - 6.0, y + 4.0)?;
    }
    let middle = f64::midpoint(LEFT, right);
    writeln!(
        out,
        r#"<text x="{middle}" y="{}" text-anchor="middle">people in the directory, or members of the group</text>"#,
        HEIGHT - 10.0
    )?;
    Ok(())
}

/// The names of the lines at their ends, none upon another.
fn name(out: &mut String, mut labels: Vec<(f64, &str, &str)>) -> Result<()> {
    labels.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut free = 0.0;
    for (end, name, colour) in labels {
        let y = f64::max(end, free);
        free = y + 15.0;
        writeln!(out, r#"<text x="{}" y="{:.1}" fill="{colour}">{name}</text>"#, WIDTH - RIGHT + 8.0, y + 4.0)?;
    }
    Ok(())
}
