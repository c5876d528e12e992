//! Any text is a PATCH path or an error with a column.
#![no_main]

use libfuzzer_sys::fuzz_target;
use scimfront::scim::filter::Limits;
use scimfront::scim::path;

fuzz_target!(|text: &str| {
    let _ = path::parse(text, &Limits::default());
});
