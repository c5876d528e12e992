//! Findings in files that people write, shown with the line they are about.
//!
//! Settings and mapping files share this floor: [`SourceFile`] and [`Span`] say where, a [`Code`] says which rule, a
//! [`Diagnostic`] says what is wrong and what was perhaps meant, a [`Report`] collects them and renders them as compilers do.
//! [`toml`] reads TOML with spans and checks it against one declaration of its keys, from which the JSON schema and the
//! reference are made too. Nothing here reads files or knows what the keys mean.

mod code;
mod diagnostic;
mod render;
mod report;
mod source;
mod suggest;
pub mod toml;

pub use code::{Code, codes_markdown, diagnostic_codes, duplicate_id};
pub use diagnostic::{Diagnostic, Severity};
pub use report::Report;
pub use source::{SourceFile, Span};
pub use suggest::did_you_mean;
