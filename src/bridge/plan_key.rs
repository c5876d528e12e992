//! What read plans are kept by: owned where they are kept, borrowed from who asks.

use std::borrow::Borrow;
use std::hash::{Hash, Hasher};

use super::context::Selection;
use crate::mapping::model::TypeIndex;
use crate::scim::resource_schema::AttrPath;

/// What a plan is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Asked<'a> {
    Selected(TypeIndex, &'a Selection),
    Paths(TypeIndex, &'a [AttrPath]),
    Beside(TypeIndex, &'a Selection, &'a [AttrPath]),
}

impl Asked<'_> {
    /// Whether a plan for it may be kept: what a client sends mustn't fill the memory.
    pub(super) fn is_short(&self) -> bool {
        match self {
            Self::Selected(_, selection) | Self::Beside(_, selection, _) => selection.is_short(),
            Self::Paths(..) => true,
        }
    }
}

/// The same, owned.
#[derive(Debug)]
pub(super) enum PlanKey {
    Selected(TypeIndex, Selection),
    Paths(TypeIndex, Vec<AttrPath>),
    Beside(TypeIndex, Selection, Vec<AttrPath>),
}

impl From<Asked<'_>> for PlanKey {
    fn from(asked: Asked<'_>) -> Self {
        match asked {
            Asked::Selected(kind, selection) => Self::Selected(kind, selection.clone()),
            Asked::Paths(kind, paths) => Self::Paths(kind, paths.to_vec()),
            Asked::Beside(kind, selection, paths) => Self::Beside(kind, selection.clone(), paths.to_vec()),
        }
    }
}

/// Either of them: a map's keys can be looked up by what all of them are to be borrowed as.
pub(super) trait Key {
    fn asked(&self) -> Asked<'_>;
}

impl Key for PlanKey {
    fn asked(&self) -> Asked<'_> {
        match self {
            Self::Selected(kind, selection) => Asked::Selected(*kind, selection),
            Self::Paths(kind, paths) => Asked::Paths(*kind, paths),
            Self::Beside(kind, selection, paths) => Asked::Beside(*kind, selection, paths),
        }
    }
}

impl Key for Asked<'_> {
    fn asked(&self) -> Asked<'_> {
        *self
    }
}

impl<'a> Borrow<dyn Key + 'a> for PlanKey {
    fn borrow(&self) -> &(dyn Key + 'a) {
        self
    }
}

impl PartialEq for dyn Key + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.asked() == other.asked()
    }
}

impl Eq for dyn Key + '_ {}

impl Hash for dyn Key + '_ {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.asked().hash(state);
    }
}

impl PartialEq for PlanKey {
    fn eq(&self, other: &Self) -> bool {
        self.asked() == other.asked()
    }
}

impl Eq for PlanKey {}

impl Hash for PlanKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.asked().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn what_is_kept_is_found_by_what_is_asked() {
        let selection = |name: &str| Selection { attributes: vec![name.to_owned()], excluded: Vec::new() };
        let (names, titles) = (selection("name"), selection("title"));
        let asked = [
            Asked::Selected(0, &names),
            Asked::Selected(1, &names),
            Asked::Selected(0, &titles),
            Asked::Paths(0, &[]),
            Asked::Beside(0, &names, &[]),
        ];
        let kept: HashMap<PlanKey, usize> = asked.into_iter().map(PlanKey::from).zip(0..).collect();
        for (number, asked) in asked.iter().enumerate() {
            assert_eq!(kept.get(asked as &dyn Key), Some(&number));
        }
        assert_eq!(kept.get(&Asked::Paths(1, &[]) as &dyn Key), None);
    }
}
