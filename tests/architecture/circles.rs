//! No circle of files: files that name each other can't be understood, tested or moved one by one.
//!
//! Declaring a module and passing on what it has (`pub use`) names nothing; whoever uses what is passed on names the file that it
//! comes from.

use std::collections::BTreeSet;

use super::house::House;

/// Each circle once, as a line that lists its files.
pub(crate) fn of_files(house: &House) -> Vec<String> {
    let sources = house.sources();
    let edges: Vec<BTreeSet<usize>> = sources
        .iter()
        .enumerate()
        .map(|(from, source)| {
            source.uses.iter().filter_map(|path| house.file_of(path)).filter(|to| *to != from).collect()
        })
        .collect();
    let reach: Vec<BTreeSet<usize>> = (0..sources.len()).map(|from| reachable(&edges, from)).collect();
    let mut told: BTreeSet<usize> = BTreeSet::new();
    let mut circles = Vec::new();
    for place in 0..sources.len() {
        if told.contains(&place) || !reach[place].contains(&place) {
            continue;
        }
        let circle: Vec<usize> = reach[place].iter().copied().filter(|other| reach[*other].contains(&place)).collect();
        told.extend(circle.iter().copied());
        let files: Vec<&str> = circle.iter().map(|place| sources[*place].file.as_str()).collect();
        circles.push(format!("a circle of files: {}", files.join(", ")));
    }
    circles
}

/// Every file that can be reached from one by at least one step.
fn reachable(edges: &[BTreeSet<usize>], from: usize) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut ahead: Vec<usize> = edges[from].iter().copied().collect();
    while let Some(place) = ahead.pop() {
        if reached.insert(place) {
            ahead.extend(&edges[place]);
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
