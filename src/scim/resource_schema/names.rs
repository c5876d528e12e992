//! Short questions about one attribute of a resource type.

use super::ids::{AttrId, AttrPath, SubId};
use super::table::ResourceSchema;

impl ResourceSchema {
    /// The attribute's name; empty for an id that isn't this schema's.
    pub fn attribute_name(&self, attr: AttrId) -> &str {
        self.get(attr).map_or("", |definition| &definition.attribute.name)
    }

    /// The sub-attribute's name; empty for an id that isn't this schema's.
    pub fn sub_name(&self, attr: AttrId, sub: SubId) -> &str {
        self.attribute(AttrPath::part(attr, sub)).map_or("", |attribute| &attribute.name)
    }

    /// Whether the attribute has several values.
    pub fn is_multi_valued(&self, attr: AttrId) -> bool {
        self.get(attr).is_some_and(|definition| definition.attribute.multi_valued)
    }

    /// Whether case matters in comparisons of what `path` names.
    pub fn case_exact(&self, path: AttrPath) -> bool {
        self.attribute(path).is_some_and(|attribute| attribute.case_exact)
    }
}
