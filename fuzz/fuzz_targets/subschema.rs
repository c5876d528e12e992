//! Whatever a server publishes as its schema is read without harm.
#![no_main]

use libfuzzer_sys::fuzz_target;
use scimfront::ldap::Subschema;

fuzz_target!(|data: &[u8]| {
    let _ = Subschema::parse([("attributeTypes", data)]);
    let _ = Subschema::parse([("objectClasses", data)]);
});
