//! The programs against a scripted system.

mod fuzz;
mod language;
mod lessons;
mod library;
mod note;
mod refusals;
mod system;
