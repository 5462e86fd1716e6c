//! The programs against a scripted system.

mod library;
mod note;
mod refusals;
mod system;
