//! Findings in files that people write, shown with the line they are about.
