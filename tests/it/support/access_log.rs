//! The directory's own record of what was written (overlay accesslog), in its own order.

use scimfront::sandbox::Slapd;

use super::ldif::{self, Entry};

/// A write that the directory performed.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    /// `add`, `modify`, `modrdn` or `delete`.
    pub(crate) kind: String,
    /// The entry's name when it was asked for.
    pub(crate) dn: String,
    /// The entry's UUID.
    pub(crate) uuid: String,
    /// When it was performed: the change sequence number, whose order is that of the writes.
    pub(crate) csn: String,
    /// Each value that was added (`+`), deleted (`-`), replaced (`=`) or counted up (`#`), with its attribute's name.
    pub(crate) changes: Vec<(String, char, String)>,
    /// A rename's new RDN.
    pub(crate) new_rdn: Option<String>,
}

impl Record {
    /// Microseconds since 1970.
    pub(crate) fn time(&self) -> i64 {
        let [date, time] = [self.csn.get(..8).unwrap(), self.csn.get(8..14).unwrap()];
        let fraction: i64 = self.csn.get(15..21).unwrap().parse().unwrap();
        let whole =
            format!("{}-{}-{}T{}:{}:{}Z", &date[..4], &date[4..6], &date[6..], &time[..2], &time[2..4], &time[4..]);
        whole.parse::<jiff::Timestamp>().unwrap().as_second() * 1_000_000 + fraction
    }

    /// The changes of attributes that the directory doesn't keep for itself.
    pub(crate) fn user_changes(&self) -> impl Iterator<Item = &(String, char, String)> {
        const OWN: &[&str] = &[
            "structuralObjectClass",
            "entryUUID",
            "creatorsName",
            "createTimestamp",
            "entryCSN",
            "modifiersName",
            "modifyTimestamp",
        ];
        self.changes.iter().filter(|(name, ..)| !OWN.contains(&name.as_str()))
    }
}

/// What was written to the main suffix, after the write with this number where one is given.
pub(crate) fn read(slapd: &Slapd, after: Option<&str>) -> Vec<Record> {
    let filter = match after {
        Some(csn) => format!("(&(objectClass=auditWriteObject)(entryCSN>={csn})(!(entryCSN={csn})))"),
        None => "(objectClass=auditWriteObject)".to_owned(),
    };
    let base = slapd.accesslog_of(slapd.suffix()).unwrap();
    let names = ["reqType", "reqDN", "reqEntryUUID", "reqMod", "reqNewRDN", "entryCSN"];
    let text = slapd.ldapsearch(&base, &filter, &names).unwrap();
    let mut records: Vec<Record> = ldif::entries(&text).iter().map(record).collect();
    records.sort_by(|one, other| one.csn.cmp(&other.csn));
    records
}

fn record(entry: &Entry) -> Record {
    let text = |name: &str| entry.first(name).unwrap_or_default().to_owned();
    let changes = entry.values("reqMod").filter_map(|change| {
        let (name, rest) = change.split_once(':')?;
        let kind = rest.chars().next()?;
        let value = rest.get(1..)?;
        Some((name.to_owned(), kind, value.strip_prefix(' ').unwrap_or(value).to_owned()))
    });
    Record {
        kind: text("reqType"),
        dn: text("reqDN"),
        uuid: text("reqEntryUUID"),
        csn: text("entryCSN"),
        changes: changes.collect(),
        new_rdn: entry.first("reqNewRDN").map(str::to_owned),
    }
}
