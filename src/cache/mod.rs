//! What is remembered, and when it is forgotten.
