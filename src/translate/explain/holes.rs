//! What stands in an explanation for entries that would have to be looked up first.
//!
//! Which object class they have decides how they name others, and isn't known: so there is one for each class that it could be.

use crate::mapping::model::{Reference, ReferenceForm, Source};
use crate::scim::filter::typed::{Filter as ScimFilter, Op, Operand, Test};
use crate::translate::lookup::{Answer, Found, Lookup, Which};
use crate::translate::view::View;

/// What would be looked up, in words.
pub(super) fn question(view: &View, lookup: &Lookup) -> String {
    let resource = view.resource(lookup.kind);
    match &lookup.which {
        Which::Id(id) => format!("{} {id:?}", resource.name),
        Which::Matching(ScimFilter::Test(Test { path, test })) => {
            format!("each {} with {} {}", resource.name, resource.schema.path_text(*path), operation(test))
        }
        Which::Matching(_) => format!("some {}", resource.name),
    }
}

/// The answer to `lookup` with holes in the place of DNs and values, such as `<dn of Group "…">`.
pub(super) fn answer(view: &View, lookup: &Lookup) -> Answer {
    let question = question(view, lookup);
    let attributes: Vec<Vec<Vec<u8>>> =
        lookup.attributes.iter().map(|name| vec![format!("<{name} of {question}>").into_bytes()]).collect();
    let entry = |class: Option<&str>| Found {
        dn: format!("<dn of {question}>"),
        classes: class.map(|class| vec![class.as_bytes().to_vec()]).unwrap_or_default(),
        attributes: attributes.clone(),
    };
    let classes = classes(view, lookup);
    Answer::Entries(match classes.is_empty() {
        true => vec![entry(None)],
        false => classes.into_iter().map(|class| entry(Some(class))).collect(),
    })
}

/// The kinds that hold what is asked of the entries. One whose members are searched for is left out: if one is found, every
/// entry is looked at, and nothing else would be seen in the explanation.
fn classes<'a>(view: &'a View, lookup: &Lookup) -> Vec<&'a str> {
    let holds = |reference: &&Reference| {
        reference.form != ReferenceForm::Url && lookup.attributes.contains(&reference.attribute)
    };
    let sources = view.resource(lookup.kind).sources.iter();
    let references = sources.filter_map(|source| match source {
        Source::References(references) => Some(references),
        _ => None,
    });
    references.flatten().filter(holds).filter_map(|reference| reference.class.as_deref()).collect()
}

/// An operation as a filter writes it.
fn operation(test: &Op) -> String {
    match test {
        Op::Present => "pr".to_owned(),
        Op::Eq(operand) => format!("eq {}", value(operand)),
        Op::Co(text) => format!("co {text:?}"),
        Op::Sw(text) => format!("sw {text:?}"),
        Op::Ew(text) => format!("ew {text:?}"),
        Op::Gt(operand) => format!("gt {}", value(operand)),
        Op::Ge(operand) => format!("ge {}", value(operand)),
        Op::Lt(operand) => format!("lt {}", value(operand)),
        Op::Le(operand) => format!("le {}", value(operand)),
    }
}

fn value(operand: &Operand) -> String {
    match operand {
        Operand::Text(text) => format!("{text:?}"),
        Operand::Bool(value) => value.to_string(),
        Operand::Integer(value) => value.to_string(),
        Operand::Decimal(value) => value.to_string(),
        Operand::Time(value) => format!("\"{value}\""),
        Operand::Binary(octets) => format!("{} octets", octets.len()),
    }
}
