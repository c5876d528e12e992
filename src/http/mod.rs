//! The HTTP side: routes, media types, limits.
