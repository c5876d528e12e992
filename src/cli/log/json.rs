//! Log lines for machines: one flat JSON object each. Written by hand, because every request has a line and the ready-made
//! formatter takes three times as long for it.

use std::fmt;

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

use crate::scim::json_text;

/// The format of a line: when, how grave, the event's fields, where from, and the request that it belongs to.
#[derive(Debug)]
pub(super) struct Json;

impl<S> FormatEvent<S, Json> for Json
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
{
    fn format_event(&self, cx: &FmtContext<'_, S, Json>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        writer.write_str(r#"{"timestamp":""#)?;
        SystemTime.format_time(&mut writer)?;
        write!(writer, r#"","level":"{}""#, event.metadata().level().as_str())?;
        let mut fields = Fields { writer: writer.by_ref(), target: None, outcome: Ok(()) };
        event.record(&mut fields);
        fields.outcome?;
        let target = fields.target.take();
        writer.write_str(r#","target":"#)?;
        write_text(&mut writer, target.as_deref().unwrap_or(event.metadata().target()))?;
        if let Some(span) = cx.lookup_current() {
            writer.write_str(r#","span":{"name":"#)?;
            write_text(&mut writer, span.name())?;
            if let Some(fields) = span.extensions().get::<FormattedFields<Json>>() {
                writer.write_str(&fields.fields)?;
            }
            writer.write_char('}')?;
        }
        writer.write_str("}\n")
    }
}

/// Fields as members of an object that has some already: `,"name":value` each.
impl<'writer> FormatFields<'writer> for Json {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut visitor = Fields { writer, target: None, outcome: Ok(()) };
        fields.record(&mut visitor);
        visitor.outcome
    }

    fn add_fields(
        &self,
        current: &'writer mut FormattedFields<Self>,
        fields: &tracing::span::Record<'_>,
    ) -> fmt::Result {
        self.format_fields(current.as_writer(), fields)
    }
}

struct Fields<'writer> {
    writer: Writer<'writer>,
    /// Where a record of the `log` facade says that it is from.
    target: Option<String>,
    outcome: fmt::Result,
}

impl Fields<'_> {
    fn member(&mut self, field: &Field, value: impl FnOnce(&mut Writer<'_>) -> fmt::Result) {
        // What `tracing-log` tells of the place in the source is not for logs.
        if self.outcome.is_err() || field.name().starts_with("log.") {
            return;
        }
        self.outcome = write!(self.writer, r#","{}":"#, field.name()).and_then(|()| value(&mut self.writer));
    }
}

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "log.target" {
            self.target = Some(value.to_owned());
        }
        self.member(field, |writer| write_text(writer, value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.member(field, |writer| write!(writer, "{value}"));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.member(field, |writer| write!(writer, "{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.member(field, |writer| write!(writer, "{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.member(field, |writer| write_text(writer, &format!("{value:?}")));
    }
}

/// A JSON string (RFC 8259 section 7).
fn write_text(writer: &mut Writer<'_>, text: &str) -> fmt::Result {
    const DEL: u8 = 0x7f;
    writer.write_char('"')?;
    if json_text::is_plain(text) && !text.as_bytes().contains(&DEL) {
        writer.write_str(text)?;
        return writer.write_char('"');
    }
    let mut written = 0;
    // By octets: all that must be escaped is ASCII. DEL needn't be, but a terminal might act on it.
    for (offset, byte) in text.bytes().enumerate() {
        if matches!(byte, b'"' | b'\\') || byte.is_ascii_control() {
            writer.write_str(&text[written..offset])?;
            written = offset + 1;
            match byte {
                b'"' | b'\\' => write!(writer, "\\{}", char::from(byte))?,
                b'\n' => writer.write_str("\\n")?,
                _ => write!(writer, "\\u{byte:04x}")?,
            }
        }
    }
    writer.write_str(&text[written..])?;
    writer.write_char('"')
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use serde_json::{Value, json};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(log: impl FnOnce()) -> Vec<Value> {
        let lines = Lines::default();
        let writer = lines.clone();
        let builder =
            tracing_subscriber::fmt().with_max_level(tracing::Level::INFO).fmt_fields(Json).event_format(Json);
        tracing::subscriber::with_default(builder.with_writer(move || writer.clone()).finish(), log);
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn without_time(mut line: Value) -> Value {
        let time = line.as_object_mut().unwrap().remove("timestamp").unwrap();
        assert!(time.as_str().unwrap().ends_with('Z'), "{time}");
        line
    }

    #[test]
    fn lines_are_flat_objects() {
        let lines = logged(|| {
            let odd = "a \"b\" \\ \n\t\x1b[1m\x7f ü";
            tracing::info!(target: "here", path = odd, status = 200_u16, less = -1, yes = true, kind = ?Some("x"), "said");
        });
        let expected = json!({
            "level": "INFO", "target": "here", "message": "said", "path": "a \"b\" \\ \n\t\u{1b}[1m\u{7f} ü",
            "status": 200, "less": -1, "yes": true, "kind": "Some(\"x\")"
        });
        assert_eq!(lines.into_iter().map(without_time).collect::<Vec<_>>(), [expected]);
    }

    #[test]
    fn lines_name_their_request() {
        let lines = logged(|| {
            let span = tracing::info_span!("request", id = "7-1", more = tracing::field::Empty);
            span.record("more", 2);
            span.in_scope(|| tracing::warn!(target: "here", "within"));
        });
        let expected = json!({
            "level": "WARN", "target": "here", "message": "within", "span": { "name": "request", "id": "7-1", "more": 2 }
        });
        assert_eq!(lines.into_iter().map(without_time).collect::<Vec<_>>(), [expected]);
    }
}
