//! What stands in an explanation for entries that would have to be looked up first.
//!
//! Which object class they have decides how they name others, and isn't known: so there is one for each class that it could be.

use crate::ldap::AttributeDescription;
use crate::mapping::model::{Reference, ReferenceForm, Source, TypeIndex};
use crate::scim::filter::typed::{Filter as ScimFilter, Op, Operand, Test};
use crate::translate::lookup::{Answer, Found, Lookup, Which};
use crate::translate::view::View;
use crate::translate::write::{Referent, naming_keys};

/// What would be looked up, in words.
fn question(view: &View, lookup: &Lookup) -> String {
    let resource = view.resource(lookup.kind);
    match &lookup.which {
        Which::Id(id) => format!("{} {id:?}", resource.name),
        Which::Matching(ScimFilter::Test(Test { path, test })) => {
            format!("each {} with {} {}", resource.name, resource.schema.path_text(*path), operation(test))
        }
        Which::Matching(_) => format!("some {}", resource.name),
    }
}

/// What stands in the place of DNs and values that aren't known. Translation reads such values, so they are well-formed names
/// until the explanation is written.
#[derive(Debug, Default)]
pub(super) struct Holes {
    texts: Vec<String>,
    /// Each question once: two lookups may ask for different attributes of the same entries.
    questions: Vec<String>,
}

impl Holes {
    /// The answer to `lookup` with holes in the place of DNs and values.
    pub(super) fn answer(&mut self, view: &View, lookup: &Lookup) -> Answer {
        let question = question(view, lookup);
        if !self.questions.contains(&question) {
            self.questions.push(question.clone());
        }
        let dn = format!("cn={}", self.dig(format!("<dn of {question}>")));
        let names = |attribute: &AttributeDescription| {
            references(view, lookup).any(|reference| {
                reference.attribute == *attribute
                    && !matches!(reference.form, ReferenceForm::Key(_) | ReferenceForm::PrimaryGroup(_))
            })
        };
        let mut attributes = Vec::new();
        for attribute in &lookup.attributes {
            let hole = self.dig(format!("<{attribute} of {question}>"));
            attributes.push(vec![if names(attribute) { format!("cn={hole}") } else { hole }.into_bytes()]);
        }
        let entry = |class: Option<&str>| Found {
            dn: dn.clone(),
            classes: class.map(|class| vec![class.as_bytes().to_vec()]).unwrap_or_default(),
            attributes: attributes.clone(),
        };
        let classes = classes(view, lookup);
        Answer::Entries(match classes.is_empty() {
            true => vec![entry(None)],
            false => classes.into_iter().map(|class| entry(Some(class))).collect(),
        })
    }

    /// What a hole stands for in the place of the resource called `id`, to which one of `references` refers.
    pub(super) fn referent(&mut self, view: &View, references: &[Reference], id: &str) -> Option<Referent> {
        let mut kinds: Vec<TypeIndex> = Vec::new();
        for kind in references.iter().flat_map(|reference| &reference.targets) {
            if !kinds.contains(kind) {
                kinds.push(*kind);
            }
        }
        let names: Vec<_> = kinds.iter().map(|kind| view.resource(*kind).name.as_str()).collect();
        let question = format!("{} {id:?}", names.join(" or "));
        // The one that all kinds of references may name.
        let everywhere = |kind: &&TypeIndex| references.iter().all(|reference| reference.targets.contains(kind));
        let kind = *kinds.iter().find(everywhere).or(kinds.first())?;
        let dn = format!("cn={}", self.dig(format!("<dn of {question}>")));
        let keys = naming_keys(view).into_iter().map(|key| {
            let hole = self.dig(format!("<{key} of {question}>"));
            (key.as_str().to_ascii_lowercase(), hole.into_bytes())
        });
        let keys = keys.collect();
        if !self.questions.contains(&question) {
            self.questions.push(question);
        }
        Some(Referent { kind, dn, keys })
    }

    /// What would be looked up.
    pub(super) fn into_questions(self) -> Vec<String> {
        self.questions
    }

    fn dig(&mut self, text: String) -> String {
        self.texts.push(text);
        hole(self.texts.len() - 1)
    }

    /// `filter` with each hole described, such as `<dn of Group "…">`.
    pub(super) fn described(&self, filter: &str) -> String {
        self.texts.iter().enumerate().fold(filter.to_owned(), |filter, (place, text)| {
            let hole = hole(place);
            filter.replace(&format!("cn={hole}"), text).replace(&hole, text)
        })
    }
}

fn hole(place: usize) -> String {
    format!("hole-{place}-of-explain")
}

fn references<'a>(view: &'a View, lookup: &Lookup) -> impl Iterator<Item = &'a Reference> {
    view.resource(lookup.kind).sources.iter().flat_map(|source| match source {
        Source::References(references) => references.as_slice(),
        _ => &[],
    })
}

/// The kinds that hold what is asked of the entries. One whose members are searched for is left out: if one is found, every
/// entry is looked at, and nothing else would be seen in the explanation.
fn classes<'a>(view: &'a View, lookup: &Lookup) -> Vec<&'a str> {
    let holds = |reference: &&Reference| {
        !matches!(reference.form, ReferenceForm::Url | ReferenceForm::PrimaryGroup(_))
            && lookup.attributes.contains(&reference.attribute)
    };
    references(view, lookup).filter(holds).filter_map(|reference| reference.class.as_deref()).collect()
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
