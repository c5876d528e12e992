//! Notes about presets' lines, folded: nobody can change a preset, so one finding of each sort says all of them.

use crate::diagnostics::{Code, Diagnostic, Report, Severity, Span};
use crate::mapping::builtin;
use crate::mapping::codes;

/// Notes about presets, by sort.
#[derive(Default)]
pub(super) struct Folded(Vec<Sort>);

/// Notes of one sort.
struct Sort {
    code: &'static Code,
    /// What each is about, once.
    subjects: Vec<String>,
    /// The first one's, for when it stays alone.
    message: String,
    span: Span,
}

impl Folded {
    /// Takes a note about `subject`, if it is one about a preset's line.
    pub(super) fn takes(
        &mut self,
        severity: Severity,
        code: &'static Code,
        subject: &str,
        message: &str,
        span: Option<&Span>,
    ) -> bool {
        let Some(span) = span.filter(|span| severity == Severity::Note && span.file.name.starts_with(builtin::PREFIX))
        else {
            return false;
        };
        match self.0.iter_mut().find(|sort| sort.code.id == code.id) {
            Some(sort) if sort.subjects.iter().any(|known| known == subject) => {}
            Some(sort) => sort.subjects.push(subject.to_owned()),
            None => self.0.push(Sort {
                code,
                subjects: vec![subject.to_owned()],
                message: message.to_owned(),
                span: span.clone(),
            }),
        }
        true
    }

    /// Tells them.
    pub(super) fn tell(self, report: &mut Report) {
        for sort in self.0 {
            report.push(sort.finding());
        }
    }
}

impl Sort {
    fn finding(self) -> Diagnostic {
        let several = self.subjects.len() > 1;
        let message =
            if several { format!("{}: {}", phrase(self.code), self.subjects.join(", ")) } else { self.message.clone() };
        let finding = Diagnostic::note(self.code, message).at(&self.span);
        let finding = if several { finding.label("the first of them") } else { finding };
        match self.help() {
            Some(help) => finding.help(help),
            None => finding,
        }
    }

    fn help(&self) -> Option<&'static str> {
        if self.code.id == codes::UNKNOWN_LDAP.id || self.code.id == codes::UNKNOWN_CLASS.id {
            let ours = self.subjects.iter().any(|name| name.starts_with("scim"));
            return Some(match ours {
                true => {
                    "nothing else depends on them; mappings/scim.schema (or scim.ldif) gives a directory those that \
                     start with `scim`"
                }
                false => "nothing else depends on them; `false` in one's own file takes an attribute out",
            });
        }
        None
    }
}

/// What all notes of a sort say.
fn phrase(code: &Code) -> &'static str {
    let is = |other: &Code| code.id == other.id;
    match () {
        () if is(&codes::UNKNOWN_LDAP) => {
            "the preset maps what the directory doesn't know, which is absent and can't be written"
        }
        () if is(&codes::SEVERAL_VALUES) => {
            "these can have several values in the directory, of which the first is served"
        }
        () if is(&codes::SCAN) => "these lack matching rules, so that some filters look at every value",
        () if is(&codes::UNKNOWN_CLASS) => "the directory doesn't know these classes",
        () if is(&codes::ONE_ELEMENT) => "these have one value, so that their slots have room for one element",
        () if is(&codes::OTHER_TYPE) => "elements of these types come back as of another",
        () => code.title,
    }
}
