//! From files to a [`Mapping`], with every mistake found on the way.

mod attributes;
mod context;
mod headers;
mod references;
mod scalars;
mod schemas;
mod slots;
mod slots_writing;
#[cfg(test)]
mod tests;
mod values;
mod writing;

use std::io;

use self::context::Context;
use super::model::{Mapping, Resource, Source};
use super::{codes, load, spec};
use crate::diagnostics::{Diagnostic, Report};
use crate::ldap::AttributeDescription;

/// Compiles the mapping file called `main` and those that it extends. `loader` gives the text of the file with a name; names that
/// files give are made relative to theirs. Presets (`builtin:…`) need no loader.
///
/// # Errors
/// All findings, when one of them is an error. Otherwise they are the mapping's [`warnings`](Mapping::warnings).
pub fn compile(loader: impl Fn(&str) -> io::Result<String>, main: &str) -> Result<Mapping, Report> {
    let mut report = Report::new();
    let Some(loaded) = load::load(&loader, main, &mut report) else { return Err(report.sorted()) };
    loaded.root.check(&spec::ROOT, &mut report);
    let mut context = Context::new(&loaded.root, report);
    let schemas = schemas::own(&loaded.root, &mut context.report);
    let headers = headers::all(&loaded.root, schemas, &mut context);
    if headers.is_empty() {
        let finding = Diagnostic::error(&codes::NO_RESOURCE, "the mapping has no resource type").at(&loaded.root.span);
        context.report.push(finding);
    }
    let resources: Vec<_> = headers.iter().map(|header| attributes::resource(header, &headers, &mut context)).collect();
    references::check_backreferences(&resources, &mut context.report);
    let warnings = context.report;
    if warnings.has_errors() {
        return Err(warnings.sorted());
    }
    let resources: Vec<Resource> = resources.into_iter().flatten().collect();
    let stored = resources.iter().flat_map(|resource| &resource.sources).flat_map(Source::stored);
    let has_options =
        |attribute: &&AttributeDescription| attribute.options().any(|option| !option.eq_ignore_ascii_case("binary"));
    let with_options = stored.filter(has_options).cloned().collect();
    Ok(Mapping { fingerprint: loaded.fingerprint, resources, with_options, warnings: warnings.sorted() })
}
