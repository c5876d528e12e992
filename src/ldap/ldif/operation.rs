//! What a plan does, and what takes it back, as LDIF for people: what can't be said in LDIF, or is a secret, stands as a comment.

use super::write::{write_change, write_line};
use crate::ldap::AttributeDescription;
use crate::ldap::change::{Change, Modification, ModificationKind};
use crate::ldap::entry::Values;
use crate::ldap::plan::{EntryChange, Operation, Stage, Undo};
use crate::ldap::secret::is_secret;

/// The change records of `operations`, in order, without secrets: applied by hand, they do all but set passwords.
pub fn changes<'a>(operations: impl IntoIterator<Item = &'a Operation>) -> String {
    let mut text = Text::default();
    for operation in operations {
        text.operation(operation);
    }
    text.0
}

/// The change records that take back what was `performed`, the last operation first. How is known from the operation itself or,
/// where that depends on what was there before, from the stage among `planned` that it stands in.
///
/// What nothing takes back is said in a comment.
pub fn undo(performed: &[Operation], planned: &[Stage]) -> String {
    let mut text = Text::default();
    for operation in performed.iter().rev() {
        text.undo(operation, planned);
    }
    text.0
}

#[derive(Default)]
struct Text(String);

impl Text {
    fn undo(&mut self, operation: &Operation, planned: &[Stage]) {
        let stage = planned.iter().find(|stage| stage.operation == *operation);
        let undo = match stage.map(|stage| &stage.undo) {
            Some(Undo::Operations(undo)) if !undo.is_empty() => Some(undo.clone()),
            _ => operation.reverse().map(|reverse| vec![reverse]),
        };
        match undo {
            Some(undo) => {
                self.what_is_lost(operation);
                undo.iter().for_each(|operation| self.operation(operation));
            }
            None => self.cannot_be_undone(operation),
        }
    }

    /// What of `operation` stays lost though it is taken back.
    fn what_is_lost(&mut self, operation: &Operation) {
        if let Some(change) = operation.change() {
            if matches!(change.change, Change::Delete) {
                self.comment("can't be undone: the entry comes back with another id and without its password");
            } else if secrets(&change.change).next().is_some() && !matches!(change.change, Change::Add(_)) {
                self.comment("can't be undone: a password was set");
            }
        }
    }

    fn cannot_be_undone(&mut self, operation: &Operation) {
        match operation {
            Operation::PasswordModify { .. } => self.comment("can't be undone: a password was set"),
            Operation::Change(_) => {
                self.comment("can't be undone, as it depends on what was there before:");
                let mut text = Self::default();
                text.operation(operation);
                text.0.lines().filter(|line| !line.is_empty()).for_each(|line| {
                    // A continuation of a comment stays one.
                    let mark = if line.starts_with(' ') || line.starts_with('#') { "" } else { "# " };
                    self.0.push_str(mark);
                    self.0.push_str(line);
                    self.0.push('\n');
                });
            }
        }
        self.0.push('\n');
    }

    fn operation(&mut self, operation: &Operation) {
        match operation {
            Operation::Change(change) => self.change(change),
            Operation::PasswordModify { dn, .. } => {
                self.commented_line("dn", dn.as_bytes());
                self.comment("a password is set (RFC 3062), which is not shown\n");
            }
        }
    }

    fn change(&mut self, change: &EntryChange) {
        for attribute in secrets(&change.change) {
            self.comment(&format!("{attribute} is written, too, which is not shown"));
        }
        match shown(&change.change) {
            Some(shown) => self.write(|out| write_change(out, &change.dn, &shown)),
            None => {
                self.commented_line("dn", change.dn.as_bytes());
                self.0.push('\n');
            }
        }
    }

    fn comment(&mut self, text: &str) {
        self.0.push_str("# ");
        self.0.push_str(text);
        self.0.push('\n');
    }

    fn commented_line(&mut self, name: &str, value: &[u8]) {
        self.0.push_str("# ");
        self.write(|out| write_line(out, name, value));
    }

    fn write(&mut self, write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) {
        let mut out = Vec::new();
        // Writing to memory doesn't fail, and LDIF is ASCII but for names, which are text.
        if write(&mut out).is_ok() {
            self.0.push_str(&String::from_utf8_lossy(&out));
        }
    }
}

/// The names of the secret attributes that `change` writes.
fn secrets(change: &Change) -> impl Iterator<Item = &str> {
    let (added, modified): (&[(AttributeDescription, Values)], &[Modification]) = match change {
        Change::Add(attributes) => (attributes, &[]),
        Change::Modify(steps) => (&[], steps),
        Change::Delete | Change::ModifyDn { .. } => (&[], &[]),
    };
    let modified = modified.iter().filter(|step| hides(step)).map(|step| step.attribute.as_str());
    added.iter().map(|(name, _)| name.as_str()).filter(|name| is_secret(name)).chain(modified)
}

/// A step that only removes a whole attribute says nothing secret.
fn hides(step: &Modification) -> bool {
    is_secret(step.attribute.as_str()) && !(step.values.is_empty() && step.kind != ModificationKind::Add)
}

/// `change` without secrets; nothing when nothing else is in it.
fn shown(change: &Change) -> Option<Change> {
    match change {
        Change::Add(attributes) => {
            Some(Change::Add(attributes.iter().filter(|(name, _)| !is_secret(name.as_str())).cloned().collect()))
        }
        Change::Modify(steps) => {
            let shown: Vec<_> = steps.iter().filter(|step| !hides(step)).cloned().collect();
            (!shown.is_empty()).then_some(Change::Modify(shown))
        }
        Change::Delete | Change::ModifyDn { .. } => Some(change.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ldap::plan::NewPassword;

    const DN: &str = "uid=a,dc=example,dc=com";

    fn step(kind: ModificationKind, attribute: &str, values: &[&str]) -> Modification {
        let values = values.iter().map(|value| value.as_bytes().to_vec()).collect();
        Modification { kind, attribute: attribute.parse().unwrap(), values }
    }

    fn password() -> Operation {
        Operation::PasswordModify { dn: DN.to_owned(), password: NewPassword::new("opensesame".into()) }
    }

    #[test]
    fn secrets_stand_as_comments() {
        let add = EntryChange::add(
            DN,
            vec![
                ("uid".parse().unwrap(), vec![b"a".to_vec()]),
                ("userPassword".parse().unwrap(), vec![b"opensesame".to_vec()]),
            ],
        );
        let modify = EntryChange::modify(
            DN,
            vec![
                step(ModificationKind::Replace, "userPassword", &["opensesame"]),
                step(ModificationKind::Replace, "title", &["x"]),
            ],
        );
        let alone = EntryChange::modify(DN, vec![step(ModificationKind::Replace, "unicodePwd", &["opensesame"])]);
        assert_eq!(
            changes(&[add.into(), modify.into(), alone.into(), password()]),
            "# userPassword is written, too, which is not shown\n\
             dn: uid=a,dc=example,dc=com\nchangetype: add\nuid: a\n\n\
             # userPassword is written, too, which is not shown\n\
             dn: uid=a,dc=example,dc=com\nchangetype: modify\nreplace: title\ntitle: x\n-\n\n\
             # unicodePwd is written, too, which is not shown\n\
             # dn: uid=a,dc=example,dc=com\n\n\
             # dn: uid=a,dc=example,dc=com\n# a password is set (RFC 3062), which is not shown\n\n"
        );
    }

    #[test]
    fn the_last_is_taken_back_first() {
        let rename: Operation = EntryChange::rename(DN, "uid=b", None).into();
        let add: Operation =
            EntryChange::modify("uid=b,dc=example,dc=com", vec![step(ModificationKind::Add, "mail", &["x"])]).into();
        assert_eq!(
            undo(&[rename, password(), add], &[]),
            "dn: uid=b,dc=example,dc=com\nchangetype: modify\ndelete: mail\nmail: x\n-\n\n\
             # can't be undone: a password was set\n\n\
             dn: uid=b,dc=example,dc=com\nchangetype: modrdn\nnewrdn: uid=a\ndeleteoldrdn: 1\n\n"
        );
    }

    #[test]
    fn what_depends_on_the_past_is_taken_from_the_plan() {
        let delete: Operation = EntryChange::delete(DN).into();
        let back = EntryChange::add(DN, vec![("uid".parse().unwrap(), vec![b"a".to_vec()])]);
        let stage = Stage::new(delete.clone()).undo(Undo::Operations(vec![back.into()]));
        assert_eq!(
            undo(std::slice::from_ref(&delete), &[stage]),
            "# can't be undone: the entry comes back with another id and without its password\n\
             dn: uid=a,dc=example,dc=com\nchangetype: add\nuid: a\n\n"
        );
        assert_eq!(
            undo(&[delete], &[]),
            "# can't be undone, as it depends on what was there before:\n\
             # dn: uid=a,dc=example,dc=com\n# changetype: delete\n\n"
        );
    }

    #[test]
    fn long_names_stay_within_the_comment() {
        let dn = format!("uid={},dc=example,dc=com", "x".repeat(200));
        let text = undo(&[EntryChange::delete(dn).into()], &[]);
        assert!(
            text.lines().filter(|line| !line.is_empty()).all(|line| line.starts_with('#') || line.starts_with(' '))
        );
    }
}
