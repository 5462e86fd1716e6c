//! The programs against a scripted system.

mod language;
mod lessons;
mod library;
mod note;
mod refusals;
mod system;
