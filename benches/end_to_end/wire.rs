//! LDAP messages as they pass by: enough BER (RFC 4511) to read search and modify requests.

use super::Result;

/// SearchRequest and ModifyRequest: application 3 and 6, constructed.
const SEARCH: u8 = 0x63;
const MODIFY: u8 = 0x66;
/// The controls of a message: context 0, constructed.
const CONTROLS: u8 = 0xa0;

/// A search request as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ask {
    /// Everything of the message behind its id.
    pub(crate) octets: Vec<u8>,
    pub(crate) base: String,
    pub(crate) scope: u64,
    pub(crate) deref: u64,
    pub(crate) size_limit: i32,
    pub(crate) time_limit: i32,
    pub(crate) types_only: bool,
    /// RFC 4515, every value octet escaped.
    pub(crate) filter: String,
    pub(crate) attributes: Vec<String>,
    pub(crate) controls: Vec<Control>,
}

/// A modify request as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) dn: String,
    /// What is done (add, delete, replace, as numbered), to which attribute, with which values.
    pub(crate) parts: Vec<(u64, String, Vec<Vec<u8>>)>,
    pub(crate) controls: Vec<Control>,
}

/// A control as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Control {
    pub(crate) oid: String,
    pub(crate) critical: bool,
    pub(crate) value: Option<Vec<u8>>,
}

/// One tag, its content, and what comes behind; nothing when more octets are needed.
pub(crate) fn element(octets: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = octets.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        (length.iter().fold(0, |length, octet| length << 8 | usize::from(*octet)), rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

fn part<'a>(octets: &mut &'a [u8]) -> Result<(u8, &'a [u8])> {
    let (tag, content, rest) = element(octets).ok_or("a message is cut short")?;
    *octets = rest;
    Ok((tag, content))
}

fn number(octets: &[u8]) -> u64 {
    octets.iter().fold(0, |number, octet| number << 8 | u64::from(*octet))
}

fn text(octets: &[u8]) -> Result<String> {
    Ok(String::from_utf8(octets.to_vec())?)
}

fn limit(octets: &[u8]) -> i32 {
    i32::try_from(number(octets)).unwrap_or(i32::MAX)
}

/// What `message`, a whole LDAPMessage, asks for.
pub(crate) fn operation(message: &[u8]) -> Result<&'static str> {
    let mut message = message;
    let (_, mut body) = part(&mut message)?;
    part(&mut body)?; // the message id
    Ok(match part(&mut body)?.0 {
        0x60 => "bind",
        SEARCH => "search",
        MODIFY => "modify",
        0x68 => "add",
        0x4a => "delete",
        0x6c => "rename",
        0x6e => "compare",
        0x77 => "extended",
        _ => "other",
    })
}

/// The search request in `message`, a whole LDAPMessage; nothing when it is something else.
pub(crate) fn ask(message: &[u8]) -> Result<Option<Ask>> {
    let mut message = message;
    let (_, mut body) = part(&mut message)?;
    part(&mut body)?; // the message id
    let octets = body.to_vec();
    let (tag, mut search) = part(&mut body)?;
    if tag != SEARCH {
        return Ok(None);
    }
    let mut next = || part(&mut search).map(|(_, content)| content);
    let (base, scope, deref) = (text(next()?)?, number(next()?), number(next()?));
    let (size_limit, time_limit, types_only) = (limit(next()?), limit(next()?), number(next()?) != 0);
    let (tag, content) = part(&mut search)?;
    let filter = filter(tag, content)?;
    let (_, mut names) = part(&mut search)?;
    let mut attributes = Vec::new();
    while !names.is_empty() {
        attributes.push(text(part(&mut names)?.1)?);
    }
    let controls = if body.is_empty() { Vec::new() } else { controls(&mut body)? };
    Ok(Some(Ask { octets, base, scope, deref, size_limit, time_limit, types_only, filter, attributes, controls }))
}

/// The modify request in `message`, a whole LDAPMessage; nothing when it is something else.
pub(crate) fn change(message: &[u8]) -> Result<Option<Change>> {
    let mut message = message;
    let (_, mut body) = part(&mut message)?;
    part(&mut body)?; // the message id
    let (tag, mut request) = part(&mut body)?;
    if tag != MODIFY {
        return Ok(None);
    }
    let dn = text(part(&mut request)?.1)?;
    let (_, mut changes) = part(&mut request)?;
    let mut parts = Vec::new();
    while !changes.is_empty() {
        let (_, mut fields) = part(&mut changes)?;
        let kind = number(part(&mut fields)?.1);
        let (_, mut attribute) = part(&mut fields)?;
        let name = text(part(&mut attribute)?.1)?;
        let (_, mut set) = part(&mut attribute)?;
        let mut values = Vec::new();
        while !set.is_empty() {
            values.push(part(&mut set)?.1.to_vec());
        }
        parts.push((kind, name, values));
    }
    let controls = if body.is_empty() { Vec::new() } else { controls(&mut body)? };
    Ok(Some(Change { dn, parts, controls }))
}

fn controls(body: &mut &[u8]) -> Result<Vec<Control>> {
    let (tag, mut list) = part(body)?;
    let mut controls = Vec::new();
    while tag == CONTROLS && !list.is_empty() {
        let (_, mut fields) = part(&mut list)?;
        let mut control = Control { oid: text(part(&mut fields)?.1)?, critical: false, value: None };
        while !fields.is_empty() {
            match part(&mut fields)? {
                (0x01, critical) => control.critical = number(critical) != 0,
                (_, value) => control.value = Some(value.to_vec()),
            }
        }
        controls.push(control);
    }
    Ok(controls)
}

fn filter(tag: u8, content: &[u8]) -> Result<String> {
    let mut rest = content;
    let parts = |rest: &mut &[u8]| -> Result<String> {
        let mut all = String::new();
        while !rest.is_empty() {
            let (tag, content) = part(rest)?;
            all.push_str(&filter(tag, content)?);
        }
        Ok(all)
    };
    Ok(match tag {
        0xa0 => format!("(&{})", parts(&mut rest)?),
        0xa1 => format!("(|{})", parts(&mut rest)?),
        0xa2 => format!("(!{})", parts(&mut rest)?),
        0xa3 | 0xa5 | 0xa6 | 0xa8 => {
            let (name, value) = (text(part(&mut rest)?.1)?, part(&mut rest)?.1);
            let sign = match tag {
                0xa3 => "=",
                0xa5 => ">=",
                0xa6 => "<=",
                _ => "~=",
            };
            format!("({name}{sign}{})", escaped(value))
        }
        0x87 => format!("({}=*)", text(content)?),
        0xa4 => substrings(rest)?,
        0xa9 => extensible(rest)?,
        other => return Err(format!("a filter with tag {other:#x}").into()),
    })
}

fn substrings(mut rest: &[u8]) -> Result<String> {
    let name = text(part(&mut rest)?.1)?;
    let (_, mut pieces) = part(&mut rest)?;
    let mut pattern = String::new();
    let mut open = true;
    while !pieces.is_empty() {
        let (tag, piece) = part(&mut pieces)?;
        if tag != 0x80 {
            pattern.push('*');
        }
        pattern.push_str(&escaped(piece));
        open = tag != 0x82;
    }
    Ok(format!("({name}={pattern}{})", if open { "*" } else { "" }))
}

fn extensible(mut rest: &[u8]) -> Result<String> {
    let (mut rule, mut name, mut value, mut dn) = (String::new(), String::new(), String::new(), "");
    while !rest.is_empty() {
        match part(&mut rest)? {
            (0x81, content) => rule = format!(":{}", text(content)?),
            (0x82, content) => name = text(content)?,
            (0x83, content) => value = escaped(content),
            (_, content) => dn = if number(content) == 0 { "" } else { ":dn" },
        }
    }
    Ok(format!("({name}{dn}{rule}:={value})"))
}

fn escaped(value: &[u8]) -> String {
    value.iter().map(|octet| format!("\\{octet:02x}")).collect()
}
