//! The use cases of one mapping over its directories.
