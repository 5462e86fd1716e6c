//! Sockscope: web.
