//! Whether what a client was told is true.

use serde_json::Value;

use super::deed::{Deed, Seen, Wish};
use super::history::{History, members};
use super::trace::Trace;
use crate::patching::normal;

/// Holds one answer against the log.
pub(crate) fn judge(history: &History<'_>, place: usize) -> Result<(), String> {
    let deed = &history.deeds[place];
    let record = history.records[place].as_ref();
    match deed.reply.status {
        200..300 => acknowledged(history, deed, record.map(crate::support::access_log::Record::time)),
        _ if record.is_some() => Err("refused, and written all the same".to_owned()),
        412 => refused_by_version(history, deed),
        404 => {
            let gone = deed.id.as_ref().and_then(|id| history.deleted.get(id));
            gone.filter(|at| **at <= deed.between.1).map(|_| ()).ok_or("it was there all the time".to_owned())
        }
        409 => taken(history, deed),
        400 => names_the_deleted(history, deed),
        other => Err(format!("{other} has no place here")),
    }
}

fn acknowledged(history: &History<'_>, deed: &Deed, written: Option<i64>) -> Result<(), String> {
    let trace = &history.traces[deed.id.as_ref().unwrap()];
    let Some(written) = written else { return changed_nothing(history, deed, trace) };
    deed.condition.as_ref().map_or(Ok(()), |seen| kept(history, deed, seen, trace, written))
}

/// Whether the resource was still what the client had seen when it was written.
pub(crate) fn kept(history: &History<'_>, deed: &Deed, seen: &Seen, trace: &Trace, written: i64) -> Result<(), String> {
    if trace.writes((seen.between.1, written)) > 0 {
        return Err("a 412 was missed: it was written to in between".to_owned());
    }
    let known = history.visible(&normal::normal(&history.types[deed.kind], &seen.resource).unwrap_or_default());
    let states: Vec<_> = trace.during((seen.between.0, written - 1)).collect();
    match states.last() {
        Some(Some(before)) if history.visible(before) == known => Ok(()),
        last => Err(format!("a 412 was missed: {known} was seen, {last:?} was changed")),
    }
}

/// An acknowledged write that isn't in the log must have had nothing to do at some moment while it ran.
fn changed_nothing(history: &History<'_>, deed: &Deed, trace: &Trace) -> Result<(), String> {
    if matches!(deed.wish, Wish::Delete | Wish::Create(_)) || deed.mark.is_some() {
        return Err("acknowledged, and lost".to_owned());
    }
    let idle = trace.during(deed.between).flatten().any(|state| {
        let after = history.after(deed, state);
        after.is_ok_and(|after| history.visible(&after) == history.visible(state))
    });
    if idle { Ok(()) } else { Err("acknowledged, and lost".to_owned()) }
}

fn refused_by_version(history: &History<'_>, deed: &Deed) -> Result<(), String> {
    let seen = deed.condition.as_ref().ok_or("412 without a condition")?;
    let trace = &history.traces[deed.id.as_ref().unwrap()];
    match trace.writes((seen.between.0, deed.between.1)) {
        0 => Err("a 412 without reason: nothing was written in between".to_owned()),
        _ => Ok(()),
    }
}

/// 409 is right when another has the name at some moment.
fn taken(history: &History<'_>, deed: &Deed) -> Result<(), String> {
    let Wish::Create(body) = &deed.wish else { return Err("only what is created can be taken here".to_owned()) };
    let name = if deed.kind == 0 { "userName" } else { "displayName" };
    let has = |state: Option<&Value>| state.is_some_and(|state| state[name] == body[name]);
    let taken = history.traces.values().any(|trace| trace.during(deed.between).any(has));
    if taken { Ok(()) } else { Err("nobody else had the name".to_owned()) }
}

/// 400 is right when a member that is named has been deleted.
fn names_the_deleted(history: &History<'_>, deed: &Deed) -> Result<(), String> {
    let text = format!("{:?}", deed.wish);
    let body = match &deed.wish {
        Wish::Create(body) | Wish::Replace(body) => members(body).into_iter().collect::<Vec<_>>(),
        _ => Vec::new(),
    };
    let gone = |id: &String| history.deleted.get(id).is_some_and(|at| *at <= deed.between.1);
    let named = history.deleted.keys().filter(|id| text.contains(id.as_str()) || body.contains(id));
    if named.into_iter().any(gone) { Ok(()) } else { Err("everybody that it names was there".to_owned()) }
}
