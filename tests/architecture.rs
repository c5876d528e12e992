//! Holds the floors of the house: which module may name which, where the outer crates live, and that no files name each other in
//! a circle. `ARCHITECTURE.md` says why. The rules are tried on made-up violations too, so that they can fail.

#[path = "architecture/circles.rs"]
mod circles;
#[path = "architecture/house.rs"]
mod house;
#[path = "architecture/rules.rs"]
mod rules;
#[path = "architecture/source.rs"]
mod source;
#[path = "architecture/tokens.rs"]
mod tokens;

use house::House;

#[test]
fn the_house_keeps_its_rules() {
    let house = House::read(concat!(env!("CARGO_MANIFEST_DIR"), "/src")).unwrap();
    assert!(house.sources().len() > 10, "the sources were not found");
    let mut broken = rules::broken(&house);
    broken.extend(circles::of_files(&house));
    assert!(broken.is_empty(), "{} rules of the house are broken:\n{}", broken.len(), broken.join("\n"));
}
