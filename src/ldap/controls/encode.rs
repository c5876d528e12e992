//! A control as it is sent, and the BER of its value.

use bytes::BytesMut;
use lber::common::TagClass;
use lber::structure::{PL, StructureTag};
use lber::structures::{ASNTag, Boolean, Integer, OctetString, Sequence, Tag};

/// A control to send with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    /// Which control it is.
    pub oid: &'static str,
    /// Whether the server must refuse the request when it doesn't know the control.
    pub critical: bool,
    /// The BER encoding of its value.
    pub value: Option<Vec<u8>>,
}

impl Control {
    /// A control without a value.
    pub(super) fn bare(oid: &'static str, critical: bool) -> Self {
        Self { oid, critical, value: None }
    }

    /// A control with a value.
    pub(super) fn new(oid: &'static str, critical: bool, value: Tag) -> Self {
        Self { oid, critical, value: Some(encode(value)) }
    }
}

/// The octets of an element.
pub(super) fn encode(tag: Tag) -> Vec<u8> {
    let mut buffer = BytesMut::new();
    // Writing to memory can't fail; were it to, the server would refuse the empty value.
    let _ = lber::write::encode_into(&mut buffer, tag.into_structure());
    buffer.to_vec()
}

/// SEQUENCE
pub(super) fn sequence(inner: Vec<Tag>) -> Tag {
    Tag::Sequence(Sequence { inner, ..Default::default() })
}

/// OCTET STRING
pub(super) fn octets(value: impl AsRef<[u8]>) -> Tag {
    Tag::OctetString(OctetString { inner: value.as_ref().to_vec(), ..Default::default() })
}

/// INTEGER
pub(super) fn integer(value: i64) -> Tag {
    Tag::Integer(Integer { inner: value, ..Default::default() })
}

/// An OCTET STRING with an implicit context tag.
pub(super) fn context_octets(id: u64, value: impl AsRef<[u8]>) -> Tag {
    Tag::OctetString(OctetString { id, class: TagClass::Context, inner: value.as_ref().to_vec() })
}

/// A BOOLEAN with an implicit context tag.
pub(super) fn context_boolean(id: u64, value: bool) -> Tag {
    Tag::Boolean(Boolean { id, class: TagClass::Context, inner: value })
}

/// A constructed element with a context tag.
pub(super) fn context(id: u64, inner: Vec<Tag>) -> Tag {
    let inner = inner.into_iter().map(ASNTag::into_structure).collect();
    Tag::StructureTag(StructureTag { class: TagClass::Context, id, payload: PL::C(inner) })
}
