//! Any text is an LDAP filter or an error; what is one prints as one that is equal.
#![no_main]

use libfuzzer_sys::fuzz_target;
use scimfront::ldap::filter_parse;

fuzz_target!(|text: &str| {
    if let Ok(filter) = filter_parse::parse(text) {
        let printed = filter.to_string();
        assert_eq!(filter_parse::parse(&printed).as_ref(), Ok(&filter), "{printed}");
    }
});
