//! Attributes and their values as entries and controls carry them, read into the places of an attribute set.

use crate::ldap::AttributeSet;
use crate::ldap::ber::{InvalidBer, OCTET_STRING, Reader, SEQUENCE, SET};
use crate::ldap::entry::Values;

/// Reads a PartialAttributeList's attributes into their places in `wanted`; what isn't wanted is passed over.
pub(super) fn read_attributes(mut list: Reader<'_>, wanted: &AttributeSet) -> Result<Vec<Values>, InvalidBer> {
    let mut attributes = vec![Values::new(); wanted.len()];
    while !list.is_empty() {
        let mut attribute = list.nested(SEQUENCE)?;
        let place = wanted.position(attribute.text()?);
        let mut values = attribute.nested(SET)?;
        attribute.end()?;
        let Some(slot) = place.and_then(|place| attributes.get_mut(place)) else { continue };
        while !values.is_empty() {
            slot.push(values.expect(OCTET_STRING)?.to_vec());
        }
    }
    Ok(attributes)
}
