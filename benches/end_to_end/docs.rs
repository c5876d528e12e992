//! What was measured, put into the documentation.

use std::fs;
use std::path::Path;

use super::Result;
use super::chart;
use super::report::Report;

/// Between these stands the table.
const BEGIN: &str = "<!-- make bench ARGS=--docs -->\n";
const END: &str = "<!-- end -->\n";

/// Writes the table into `docs/performance.md`, and the chart beside it.
pub(crate) fn write(report: &Report) -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let path = folder.join("performance.md");
    let text = fs::read_to_string(&path)?;
    let (before, rest) = text.split_once(BEGIN).ok_or("docs/performance.md has no place for the table")?;
    let (_, after) = rest.split_once(END).ok_or("docs/performance.md has no end of the table")?;
    let mut table = report.markdown();
    if let Some(svg) = chart::svg(report.lines())? {
        fs::write(folder.join("cost-against-size.svg"), svg)?;
        table += "\n![Cost against size](cost-against-size.svg)\n";
    }
    fs::write(&path, [before, BEGIN, &table, END, after].concat())?;
    println!("written to {}", path.display());
    Ok(())
}
