//! Private directories with a generated tree, for demo, tests and benchmarks.
