//! Whatever a server sends as a dereference control's value is read without harm.
#![no_main]

use libfuzzer_sys::fuzz_target;
use scimfront::ldap::{controls, ldif};

fuzz_target!(|data: &[u8]| {
    let _ = controls::parse_dereferenced(data, &[]);
    let _ = controls::parse_paged_response(data);
    if let Ok(text) = std::str::from_utf8(data) {
        ldif::read(text).take(100).for_each(drop);
    }
});
