//! What a write becomes, for people and machines: the LDIF that is sent, what takes it back, and what it is conditional on.

use std::fmt;

use serde::Serialize;

use crate::ldap::change::{Change, ModificationKind};
use crate::ldap::plan::{Stage, WritePlan};
use crate::ldap::{AttributeDescription, ldif};

/// A write, explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedWrite {
    /// What is wanted, such as `PATCH`.
    pub method: String,
    /// The resource type.
    pub resource_type: String,
    /// The resource's id, but for one that is to be made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What is looked up first, where that wasn't done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lookups: Vec<String>,
    /// What is sent, one after the other; nothing when the resource is already as it is wanted.
    pub stages: Vec<ExplainedStage>,
    /// What is sent instead where the name that the first stage gives the entry is taken, in the order that they are tried.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub otherwise: Vec<Vec<ExplainedStage>>,
}

/// One operation of an [`ExplainedWrite`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedStage {
    /// The entry's DN after it; nothing for one that is deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dn: Option<String>,
    /// The operation as LDIF without secrets.
    pub ldif: String,
    /// What takes it back.
    pub undo: String,
    /// What must hold of the entry (RFC 4528), or the directory refuses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assertion: Option<String>,
    /// Attributes of which it doesn't matter whether an added value is there already, or a deleted one is gone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tolerates: Vec<String>,
    /// The value that is added where the last one would go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<String>,
}

impl ExplainedWrite {
    /// A write of which nothing is known yet but what is wanted.
    pub fn new(method: &str, resource_type: &str, id: Option<&str>) -> Self {
        Self {
            method: method.to_owned(),
            resource_type: resource_type.to_owned(),
            id: id.map(str::to_owned),
            lookups: Vec::new(),
            stages: Vec::new(),
            otherwise: Vec::new(),
        }
    }

    /// Adds what `plan` sends. It must not have begun.
    pub fn plan(&mut self, plan: &WritePlan) {
        let mut candidates = plan.candidates();
        self.stages.extend(candidates.next().into_iter().flatten().map(stage));
        self.otherwise.extend(candidates.map(|stages| stages.iter().map(stage).collect::<Vec<_>>()));
    }

    /// The same with each text replaced by what `described` makes of it.
    #[must_use]
    pub fn described(mut self, described: impl Fn(&str) -> String) -> Self {
        let all = self.stages.iter_mut().chain(self.otherwise.iter_mut().flatten());
        for stage in all {
            let texts = [Some(&mut stage.ldif), Some(&mut stage.undo), stage.dn.as_mut(), stage.assertion.as_mut()];
            for text in texts.into_iter().flatten() {
                *text = described(text);
            }
        }
        self
    }
}

fn stage(stage: &Stage) -> ExplainedStage {
    let Stage { operation, tolerance, .. } = stage;
    let change = operation.change();
    let assertion = change.and_then(|change| change.assertion.as_ref()).map(ToString::to_string);
    let steps = match change.map(|change| &change.change) {
        Some(Change::Modify(steps)) => steps.as_slice(),
        _ => &[],
    };
    let touched = |name: &str| steps.iter().any(|step| step.attribute.as_str().eq_ignore_ascii_case(name));
    let taken = |name: &AttributeDescription| {
        steps.iter().any(|step| step.attribute == *name && step.kind != ModificationKind::Add)
    };
    let placeholder = tolerance.placeholder.as_ref().filter(|(attribute, _)| taken(attribute));
    ExplainedStage {
        dn: change.and_then(|change| change.dn_after()),
        ldif: ldif::changes([operation]),
        undo: ldif::undo(std::slice::from_ref(operation), std::slice::from_ref(stage)),
        assertion,
        tolerates: tolerance.attributes.iter().map(ToString::to_string).filter(|name| touched(name)).collect(),
        placeholder: placeholder.map(|(attribute, value)| format!("{attribute}: {}", String::from_utf8_lossy(value))),
    }
}

/// As LDIF that could be applied by hand: what is no change stands in comments.
impl fmt::Display for ExplainedWrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "# {} {}", self.method, self.resource_type)?;
        if let Some(id) = &self.id {
            write!(f, " {id}")?;
        }
        writeln!(f)?;
        for lookup in &self.lookups {
            writeln!(f, "# looked up first: {lookup}")?;
        }
        if self.stages.is_empty() {
            return writeln!(f, "# nothing is sent: the resource is as it is wanted already");
        }
        writeln!(f)?;
        for stage in &self.stages {
            stage.conditions(f)?;
            write!(f, "{}", stage.ldif)?;
        }
        let names = self.otherwise.iter().filter_map(|stages| stages.first()?.dn.as_deref());
        for name in names {
            writeln!(f, "# where that name is taken: {name}")?;
        }
        writeln!(f, "# undone by:")?;
        for stage in self.stages.iter().rev() {
            for line in stage.undo.lines() {
                comment(f, line)?;
            }
        }
        Ok(())
    }
}

impl ExplainedStage {
    fn conditions(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(assertion) = &self.assertion {
            writeln!(f, "# only while the entry matches {assertion}")?;
        }
        for name in &self.tolerates {
            writeln!(f, "# {name}: a value that is there already, or gone already, is left out")?;
        }
        if let Some(placeholder) = &self.placeholder {
            writeln!(f, "# where the last value would go, this one comes: {placeholder}")?;
        }
        Ok(())
    }
}

/// A line of LDIF as a comment; a continuation of one stays that.
fn comment(f: &mut fmt::Formatter<'_>, line: &str) -> fmt::Result {
    match line.chars().next() {
        None => writeln!(f, "#"),
        Some('#' | ' ') => writeln!(f, "{line}"),
        Some(_) => writeln!(f, "# {line}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ldap::Filter;
    use crate::ldap::change::Modification;
    use crate::ldap::plan::{EntryChange, Tolerance};

    const DN: &str = "uid=a,dc=example,dc=com";

    fn step(kind: ModificationKind, attribute: &str, value: &str) -> Modification {
        Modification { kind, attribute: attribute.parse().unwrap(), values: vec![value.as_bytes().to_vec()] }
    }

    fn shown(plan: &WritePlan) -> String {
        let mut write = ExplainedWrite::new("PATCH", "User", Some("1"));
        write.plan(plan);
        write.to_string()
    }

    #[test]
    fn a_change_is_ldif_between_comments() {
        let steps = vec![step(ModificationKind::Delete, "title", "x"), step(ModificationKind::Add, "title", "y")];
        let plan = WritePlan::new([Stage::new(EntryChange::modify(DN, steps))])
            .guarded(&Filter::Present("entryCSN".parse().unwrap()));
        assert_eq!(
            shown(&plan),
            "# PATCH User 1\n\n# only while the entry matches (entryCSN=*)\n\
             dn: uid=a,dc=example,dc=com\nchangetype: modify\ndelete: title\ntitle: x\n-\nadd: title\ntitle: y\n-\n\n\
             # undone by:\n# dn: uid=a,dc=example,dc=com\n# changetype: modify\n# delete: title\n# title: y\n# -\n\
             # add: title\n# title: x\n# -\n#\n"
        );
    }

    #[test]
    fn what_is_got_over_is_said_where_it_matters() {
        let mut tolerance = Tolerance::default();
        for name in ["member", "memberUid"] {
            tolerance.attributes.insert(&name.parse().unwrap());
        }
        tolerance.placeholder = Some(("member".parse().unwrap(), b"cn=nobody".to_vec()));
        for (kind, placeholder) in [(ModificationKind::Delete, true), (ModificationKind::Add, false)] {
            let change = EntryChange::modify(DN, vec![step(kind, "member", "uid=x")]);
            let text = shown(&WritePlan::new([Stage::new(change).tolerating(tolerance.clone())]));
            assert!(text.contains("# member: a value"), "{text}");
            assert_eq!(text.contains("member: cn=nobody\n"), placeholder, "{text}");
            assert!(!text.contains("memberUid"), "{text}");
        }
    }

    #[test]
    fn other_names_are_listed() {
        let add = |name: &str| [Stage::new(EntryChange::add(format!("uid={name},dc=example"), Vec::new()))];
        let plan = WritePlan::new(add("a")).or(add("b")).or(add("c"));
        let text = shown(&plan);
        assert!(
            text.contains("# where that name is taken: uid=b,dc=example\n# where that name is taken: uid=c,"),
            "{text}"
        );
        assert!(text.ends_with("# undone by:\n# dn: uid=a,dc=example\n# changetype: delete\n#\n"), "{text}");
    }

    #[test]
    fn nothing_to_do_is_said() {
        let write = ExplainedWrite::new("PATCH", "User", None);
        assert_eq!(write.to_string(), "# PATCH User\n# nothing is sent: the resource is as it is wanted already\n");
    }
}
