//! Any text is a DN or an error; a DN prints as one with the same key.
#![no_main]

use libfuzzer_sys::fuzz_target;
use scimfront::ldap::{Dn, DnKey};

fuzz_target!(|text: &str| {
    if let Ok(dn) = text.parse::<Dn>() {
        let printed = dn.to_string();
        assert_eq!(DnKey::of(&printed).ok(), DnKey::of(text).ok(), "{printed}");
    }
});
