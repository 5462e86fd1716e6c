//! Traces as pictures, cards, sentences and captures.
//!
//! Every view is a fold over a trace: it never writes to it, never asks the world, and draws nothing that is not in it.
//! [`scene`] is a picture as plain data; [`svg`] paints it as text, the web paints the same data as live elements.

pub mod animation;
mod badge;
mod capture;
pub mod card;
pub mod diff;
pub mod flow;
pub mod graphs;
pub mod history;
pub mod import;
pub mod inside;
pub mod ladder;
mod metrics;
pub mod network;
pub mod observed;
pub mod pcap;
pub mod pcapng;
pub mod picture;
pub mod program;
pub mod question;
pub mod scene;
pub mod sheets;
pub mod states;
pub mod story;
pub mod svg;
pub mod tcpdump;
pub mod text;
pub mod texts;
mod topology;
pub mod window;
pub mod words;
