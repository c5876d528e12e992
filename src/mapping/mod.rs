//! The mapping language: from a file to a checked, typed mapping.
