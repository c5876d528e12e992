//! The numbers that stand for attributes.

/// The number of a top-level attribute in a [`ResourceSchema`](super::ResourceSchema).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttrId(pub u16);

/// The number of a sub-attribute in its attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubId(pub u16);

/// An attribute or one of its sub-attributes. Meaningful only with the [`ResourceSchema`](super::ResourceSchema) that made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttrPath {
    /// The top-level attribute.
    pub attr: AttrId,
    /// The sub-attribute; `None` is the attribute as a whole.
    pub sub: Option<SubId>,
}

impl AttrPath {
    /// The attribute as a whole.
    pub fn whole(attr: AttrId) -> Self {
        Self { attr, sub: None }
    }

    /// One of the attribute's sub-attributes.
    pub fn part(attr: AttrId, sub: SubId) -> Self {
        Self { attr, sub: Some(sub) }
    }
}
