//! Any text is a filter or an error with a column; what is a filter prints as one that means the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use scimfront::scim::filter::{self, Limits};
use scimfront::scim::resource_schema::ResourceSchema;

fuzz_target!(|text: &str| {
    if let Ok(parsed) = filter::parse(text, &Limits::default()) {
        let printed = parsed.to_string();
        assert_eq!(filter::parse(&printed, &Limits::default()).as_ref(), Ok(&parsed), "{printed}");
        let _ = filter::resolve(&parsed, &ResourceSchema::user());
    }
});
