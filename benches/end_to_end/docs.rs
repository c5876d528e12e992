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
    fs::write(&path, [before, BEGIN, &report.markdown(), END, after].concat())?;
    println!("written to {}", path.display());
    if let Some(svg) = chart::svg(report.lines())? {
        let path = folder.join("cost-against-size.svg");
        fs::write(&path, svg)?;
        println!("drawn to {}", path.display());
    }
    Ok(())
}
