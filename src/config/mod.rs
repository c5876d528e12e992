//! The settings file, one file per section.
