//! No circle of files: files that name each other can't be understood, tested or moved one by one.
//!
//! Declaring a module and passing on what it has (`pub use`) names nothing; whoever uses what is passed on names the file that it
//! comes from.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::house::House;
use super::source::Source;

/// Files and, for each, the files that it names with the name that shows it.
type Edges = Vec<BTreeMap<usize, String>>;

/// A shortest circle through each knot of files, as a line that shows who names what.
pub(crate) fn of_files(house: &House) -> Vec<String> {
    let edges = edges(house);
    let mut told = BTreeSet::new();
    let mut circles = Vec::new();
    for place in 0..edges.len() {
        if told.contains(&place) {
            continue;
        }
        if let Some(circle) = shortest_circle(&edges, place) {
            let reached = reachable(&edges, place);
            told.extend(reached.into_iter().filter(|other| reachable(&edges, *other).contains(&place)));
            circles.push(describe(house, &edges, &circle));
        }
    }
    circles
}

fn edges(house: &House) -> Edges {
    let of_source = |(from, source): (usize, &Source)| {
        let target = |path: &Vec<String>| Some((house.file_of(path)?, path.join("::")));
        source.uses.iter().filter_map(target).filter(|(to, _)| *to != from).collect()
    };
    house.sources().iter().enumerate().map(of_source).collect()
}

fn describe(house: &House, edges: &Edges, circle: &[usize]) -> String {
    let file = |place: usize| house.sources()[place].file.as_str();
    let steps: Vec<String> = circle
        .iter()
        .zip(circle.iter().cycle().skip(1))
        .map(|(from, to)| format!("\n    {} names {} of {}", file(*from), edges[*from][to], file(*to)))
        .collect();
    format!("a circle of files:{}", steps.concat())
}

/// The shortest way from a file back to itself.
fn shortest_circle(edges: &Edges, start: usize) -> Option<Vec<usize>> {
    let mut ways = VecDeque::from([vec![start]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        for next in edges[*way.last()?].keys() {
            if *next == start {
                return Some(way);
            }
            if seen.insert(*next) {
                let mut longer = way.clone();
                longer.push(*next);
                ways.push_back(longer);
            }
        }
    }
    None
}

/// Every file that can be reached from one by at least one step.
fn reachable(edges: &Edges, from: usize) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut ahead: Vec<usize> = edges[from].keys().copied().collect();
    while let Some(place) = ahead.pop() {
        if reached.insert(place) {
            ahead.extend(edges[place].keys());
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::siblings(&[("a/b.rs", "use super::c::X;"), ("a/c.rs", "use crate::a::b::Y;")], 1)]
    #[case::by_way_of_a_third(&[("a.rs", "use crate::b::X;"), ("b.rs", "use crate::c::X;"), ("c.rs", "use crate::a::X;")], 1)]
    #[case::parent_and_child(&[("a/mod.rs", "mod b; fn f() { b::g() }"), ("a/b.rs", "use super::X;")], 1)]
    #[case::through_what_is_passed_on(
        &[("a/mod.rs", "mod b; mod c; pub use b::B;"), ("a/b.rs", "use super::c::C;"), ("a/c.rs", "use super::B;")], 1
    )]
    #[case::passing_on_is_no_use(&[("a/mod.rs", "mod b; pub use b::B;"), ("a/b.rs", "use super::X;")], 0)]
    #[case::one_way(&[("a.rs", "use crate::b::X;"), ("b.rs", "use crate::c::X;"), ("c.rs", "")], 0)]
    #[case::itself(&[("a.rs", "use crate::a::X; use self::Y;")], 0)]
    fn circles_are_found(#[case] files: &[(&str, &str)], #[case] count: usize) {
        let circles = of_files(&House::of(files));
        assert_eq!(circles.len(), count, "{circles:?}");
    }
}
