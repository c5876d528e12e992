//! What can be written in the directory at hand, whatever the type's own schema allows.

use crate::mapping::model::{Scalar, Slot, Source, TypeIndex};
use crate::scim::Error;
use crate::scim::patch::{Operation, RawOperation};
use crate::scim::resource_schema::AttrPath;
use crate::scim::schema::Mutability;
use crate::translate::View;

/// Whether nothing that a client says of `path` can be stored: the directory doesn't know the attributes, or keeps them itself. What
/// the mapping leaves out is no matter of the directory's.
pub fn is_read_only(view: &View, kind: TypeIndex, path: AttrPath) -> bool {
    let resource = view.resource(kind);
    let Some(attribute) = resource.schema.attribute(path) else { return true };
    let is_fixed = |scalar: &Scalar| scalar.mutability(attribute.mutability, &view.schema) == Mutability::ReadOnly;
    match resource.source(path.attr) {
        _ if attribute.mutability == Mutability::ReadOnly => true,
        Source::Unmapped | Source::Builtin(_) | Source::WriteOnly(_) => false,
        Source::Backreference(_) => true,
        Source::Scalar(scalar) => is_fixed(scalar),
        Source::Complex(subs) => match path.sub {
            Some(sub) => subs.get(usize::from(sub.0)).and_then(Option::as_ref).is_some_and(is_fixed),
            None => subs.iter().flatten().all(is_fixed),
        },
        Source::Slots(slots) => is_fixed_in_all(slots, path, &is_fixed),
        Source::References(references) => {
            !references.iter().any(|reference| reference.writable && view.knows(&reference.attribute))
        }
    }
}

/// Of what elements have in common, such as their type, it is the slots that can take one or not.
fn is_fixed_in_all(slots: &[Slot], path: AttrPath, is_fixed: &dyn Fn(&Scalar) -> bool) -> bool {
    let is_held = |scalar: &&Scalar| matches!(scalar, Scalar::Ldap(_));
    let named = |slot: &Slot| slot.subs.get(usize::from(path.sub?.0)).and_then(Option::as_ref).map(is_fixed);
    let is_held_by_name = slots.iter().any(|slot| {
        path.sub
            .and_then(|sub| slot.subs.get(usize::from(sub.0)))
            .and_then(Option::as_ref)
            .is_some_and(|sub| is_held(&sub))
    });
    if is_held_by_name {
        return slots.iter().filter_map(named).all(|fixed| fixed);
    }
    slots.iter().flat_map(|slot| slot.subs.iter().flatten()).filter(is_held).all(is_fixed)
}

/// `operations`, which `raw` were resolved to, without those on what can't be written here: a value without a path names it in
/// passing.
///
/// # Errors
/// 400 `mutability` where a path names it.
pub fn writable(
    view: &View,
    kind: TypeIndex,
    raw: &[RawOperation],
    mut operations: Vec<Operation>,
) -> Result<Vec<Operation>, Error> {
    let schema = &view.resource(kind).schema;
    let names_schema = |text: &str| schema.extensions().iter().any(|(own, _)| own.id.eq_ignore_ascii_case(text));
    let is_fixed = |operation: &Operation| is_read_only(view, kind, operation.target.path());
    for operation in operations.iter().filter(|operation| is_fixed(operation)) {
        let path = raw.get(operation.position.saturating_sub(1)).and_then(|raw| raw.path.as_deref());
        if path.is_some_and(|text| !names_schema(text)) {
            let (position, path) = (operation.position, schema.path_text(operation.target.path()));
            return Err(Error::mutability(format!("operation {position}: `{path}` is read only in this directory")));
        }
    }
    operations.retain(|operation| !is_fixed(operation));
    Ok(operations)
}
