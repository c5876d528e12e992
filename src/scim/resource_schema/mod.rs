//! Everything about one resource type as one flat table: its common, core and extension attributes, each with a small number that
//! the rest of the program uses instead of names.

mod definition;
mod ids;
mod lookup;
mod names;
mod table;

pub use definition::{AttributeDef, Definition, DefinitionError};
pub use ids::{AttrId, AttrPath, SubId};
pub use lookup::{Selection, UnknownAttribute};
pub use table::ResourceSchema;
