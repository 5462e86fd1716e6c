//! Sockscope: view.
