//! Sockscope: programs.
