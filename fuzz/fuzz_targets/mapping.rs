//! Any text is a mapping or a report that can be shown.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Err(report) = scimfront::mapping::compile(|_| Ok(text.to_owned()), "mapping.toml") {
        let _ = report.render(false);
    }
});
